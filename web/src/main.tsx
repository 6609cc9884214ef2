/** What stands at an address: below /portal the portal, for customers; everywhere else the dashboard. Neither loads the other. */
import { isPortal } from "@/lib/place";
import "@/styles/index.css";

void (isPortal ? import("@/portal/main") : import("@/dashboard"));
