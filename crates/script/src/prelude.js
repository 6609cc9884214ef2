"use strict";
// Returns what the sandbox keeps for itself: how the clock is set, and how `transform` is judged.
(() => {
  const define = (object, name, value) =>
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
  const refuse = (object, name, message) =>
    define(object, name, () => { throw new TypeError(message); });

  // A run that is repeated must come to the same.
  refuse(Math, "random", "Math.random is not available: a script must make the same of the same input each time");

  // Now is what the caller says.
  const RealDate = Date;
  let now = 0;
  const setClock = (millis) => { now = millis; };
  const FixedDate = function Date(...parts) {
    if (new.target === undefined) return new RealDate(now).toString();
    const made = parts.length === 0 ? [now] : parts;
    return Reflect.construct(RealDate, made, new.target === FixedDate ? RealDate : new.target);
  };
  FixedDate.prototype = RealDate.prototype;
  for (const name of ["parse", "UTC"]) define(FixedDate, name, RealDate[name]);
  define(FixedDate, "now", () => now);
  define(RealDate.prototype, "constructor", FixedDate);
  define(globalThis, "Date", FixedDate);

  // Code that is made at run time would not be bounded by the length of the script.
  const noCode = "code cannot be made from texts in a script";
  const makers = [function () {}, function* () {}, async function () {}, async function* () {}];
  for (const made of makers) {
    refuse(Object.getPrototypeOf(made), "constructor", noCode);
  }
  refuse(globalThis, "eval", noCode);
  const NoFunction = function Function() { throw new TypeError(noCode); };
  NoFunction.prototype = Function.prototype;
  define(globalThis, "Function", NoFunction);
  define(Function.prototype, "constructor", NoFunction);

  const nothing = () => {};
  define(globalThis, "console", { log: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing });

  // What `transform` is, if it is no plain function.
  const source = Function.prototype.toString;
  const tag = Object.prototype.toString;
  const call = Reflect.apply;
  const starts = String.prototype.startsWith;
  const judge = (transform) => {
    if (typeof transform !== "function") return typeof transform;
    const kind = call(tag, transform, []);
    if (kind === "[object AsyncFunction]" || kind === "[object AsyncGeneratorFunction]") return "async";
    if (kind === "[object GeneratorFunction]") return "generator";
    return call(starts, call(source, transform, []), ["class"]) ? "class" : "function";
  };

  return [setClock, judge];
})();
