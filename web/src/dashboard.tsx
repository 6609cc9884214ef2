import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { queryClient } from "@/api/queries";
import { resume } from "@/api/session";
import { show } from "@/lib/you";
import { router } from "@/router";
import { loadTheOthers } from "@/shell/pages";
import { startKeys } from "@/ui/keys";
import { Tips } from "@/ui/tip";
import { Toasts } from "@/ui/toast";

show();
startKeys();
void resume();
loadTheOthers();

const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
        <Tips />
      </QueryClientProvider>
    </CSPProvider>,
  );
}
