/** What is wrong with a field, in the API's words. */
import { sentence } from "./problem";

/** Of the field at this JSON pointer, or of something within it. */
export function faultOf(errors: { pointer?: string | null; message: string }[], pointer: string): string | undefined {
  const found = errors.find((error) => error.pointer === pointer || error.pointer?.startsWith(`${pointer}/`));
  return found ? sentence(found.message) : undefined;
}
