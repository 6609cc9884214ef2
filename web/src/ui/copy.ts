import { toast } from "./toast";

/** Into the clipboard, and says so. */
export function copy(text: string, said = "Copied."): void {
  navigator.clipboard?.writeText(text).then(
    () => toast({ text: said }),
    () => toast({ text: "The browser does not let this page copy." }),
  );
}

let lastId = "";

/** An id; copying it twice in a row copies its URL. */
export function copyId(id: string): void {
  if (lastId === id) {
    lastId = "";
    copy(location.href, "The address is copied.");
  } else {
    lastId = id;
    copy(id, "The id is copied. Once more copies its address.");
  }
}
