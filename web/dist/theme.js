// Before anything is drawn: the theme that was chosen, so that no page flashes in the other one. The portal's is its operator's choice.
try {
  const theme = JSON.parse(localStorage.getItem("lanehook:you") || "{}").theme;
  if (!/^\/portal(\/|$)/.test(location.pathname) && (theme === "light" || theme === "dark")) document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off; then the system decides.
}
