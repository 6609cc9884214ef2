/** The portal: a tenant's own webhooks, for somebody who came by a link. */
import "./start";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { queryClient } from "@/api/queries";
import { resume } from "@/api/session";
import { Tips } from "@/ui/tip";
import { Toasts } from "@/ui/toast";
import { startEmbed } from "./embed";
import { loadTheOthers, router } from "./router";

void resume();
loadTheOthers();

const place = document.getElementById("root");
if (place) {
  startEmbed(router, place);
  createRoot(place).render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toasts />
      <Tips />
    </QueryClientProvider>,
  );
}
