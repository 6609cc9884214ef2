/** One tooltip for the whole page: whatever has `data-tip` shows it on hover and focus. A thousand rows need no thousand tooltips. */
import { useEffect, useState } from "react";

const WAIT = 300;

export function Tips() {
  const [tip, setTip] = useState<{ text: string; x: number; y: number; isBelow: boolean } | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown: Element | null = null;
    const hide = () => {
      clearTimeout(timer);
      shown?.removeAttribute("aria-describedby");
      shown = null;
      setTip(null);
    };
    const show = (target: Element) => {
      const text = target.getAttribute("data-tip");
      const place = target.getBoundingClientRect();
      if (!text || !target.isConnected) return;
      shown = target;
      target.setAttribute("aria-describedby", "tip");
      const isBelow = place.top < 60;
      setTip({ text, x: Math.min(Math.max(place.left + place.width / 2, 90), innerWidth - 90), y: isBelow ? place.bottom + 6 : place.top - 6, isBelow });
    };
    const over = (event: Event) => {
      const target = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
      if (target === shown && target) return;
      hide();
      if (target) timer = setTimeout(() => show(target), event.type === "focusin" ? 0 : WAIT);
    };
    const key = (event: KeyboardEvent) => event.key === "Escape" && hide();
    document.addEventListener("pointerover", over);
    document.addEventListener("focusin", over);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("keydown", key);
    addEventListener("scroll", hide, { passive: true, capture: true });
    return () => {
      hide();
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusin", over);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("keydown", key);
      removeEventListener("scroll", hide, { capture: true });
    };
  }, []);
  if (!tip) return null;
  return (
    <div id="tip" role="tooltip" className="popup note pointer-events-none fixed whitespace-pre" style={{ left: tip.x, top: tip.y, translate: tip.isBelow ? "-50% 0" : "-50% -100%" }}>
      {tip.text}
    </div>
  );
}
