// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { NoConnection, Refusal } from "@/api/problem";
import { JsonView } from "./json-view";
import { startKeys, useKeys } from "./keys";
import { Loaded } from "./loading";
import { Rail } from "./rail";
import { Segments } from "./segments";
import { Toasts, toast } from "./toast";
import { Words } from "./words";
import { rail } from "@/words/rail";

afterEach(cleanup);

test("foreign text is text: no element comes of it, and nothing in it turns the text around it", () => {
  const { container } = render(<JsonView source={'{"a":"<img src=x onerror=alert(1)>","b":"\u202elive","c":12345678901234567890.10}'} />);
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain('"<img src=x onerror=alert(1)>"');
  expect(container.textContent).toContain("\\u202elive");
  expect(container.textContent).toContain("12345678901234567890.10");
});

test("a long document begins folded, and only what is opened is drawn", () => {
  const rows = Array.from({ length: 5_000 }, (_, id) => `{"id":${id},"name":"a row of it"}`).join(",");
  const { container } = render(<JsonView source={`{"rows":[${rows}]}`} />);
  expect(container.querySelectorAll(".row").length).toBeLessThan(10);
  fireEvent.click(screen.getByText(/5,000 items/));
  expect(container.querySelectorAll(".row").length).toBeLessThan(1_000);
  expect(screen.getByText(/4,900 more/)).toBeTruthy();
});

test("what is no JSON is shown as it is, by parts", () => {
  const { container } = render(<JsonView source={`<html>${"x".repeat(20_000)}`} />);
  expect(container.textContent?.length).toBeLessThan(9_000);
  expect(screen.getByRole("button").textContent).toContain("more");
});

test("an error keeps what is on the screen, and names the request", () => {
  const error = new Refusal(500, { detail: "something went wrong here", request_id: "req_1" });
  const again = vi.fn();
  render(
    <Loaded of={{ data: "shown before", error, isPending: false, refetch: again }} what="Deliveries">
      {(data) => <p>{data}</p>}
    </Loaded>,
  );
  expect(screen.getByText("shown before")).toBeTruthy();
  expect(screen.getByRole("alert").textContent).toContain("Deliveries could not be loaded. Something went wrong here.");
  expect(screen.getByText("req_1")).toBeTruthy();
  fireEvent.click(screen.getByText("Try again"));
  expect(again).toHaveBeenCalledOnce();
});

test("a key that may not is told so, and nothing is offered that cannot help", () => {
  const error = new Refusal(403, { code: "missing_scope", detail: "the key lacks `deliveries:read`", request_id: "req_2" });
  render(<Loaded of={{ data: undefined, error, isPending: false, refetch: () => undefined }} what="Deliveries">{() => null}</Loaded>);
  expect(screen.getByRole("alert").textContent).toContain("Your key cannot see deliveries: it lacks `deliveries:read`.");
  expect(screen.queryByText("Try again")).toBeNull();
  cleanup();
  render(<Loaded of={{ data: undefined, error: new NoConnection("x"), isPending: false, refetch: () => undefined }} what="Deliveries">{() => null}</Loaded>);
  expect(screen.getByRole("alert").textContent).toContain("No answer came from the server.");
});

test("a toast has its way back", () => {
  render(<Toasts />);
  const undo = vi.fn();
  fireEvent.focus(document.body);
  toast({ text: "Paused. What comes is held.", action: { run: undo } });
  return screen.findByText("Undo").then((button) => {
    fireEvent.click(button);
    expect(undo).toHaveBeenCalledOnce();
    expect(screen.queryByText("Undo")).toBeNull();
  });
});

function Keyed({ run }: { run: (what: string) => void }) {
  useKeys([
    { keys: "r", label: "Retry", run: () => run("r") },
    { keys: "g o", label: "Overview", run: () => run("g o") },
    { keys: "mod+k", isAlways: true, run: () => run("mod+k") },
    { keys: "Enter", label: "Open the row", run: () => run("Enter") },
  ]);
  return (
    <>
      <input aria-label="text" />
      <button type="button">Retry</button>
    </>
  );
}

test("keys do what they say, and nothing while somebody types", () => {
  const run = vi.fn();
  const stop = startKeys();
  render(<Keyed run={run} />);
  fireEvent.keyDown(document.body, { key: "r" });
  fireEvent.keyDown(document.body, { key: "g" });
  fireEvent.keyDown(document.body, { key: "o" });
  fireEvent.keyDown(screen.getByLabelText("text"), { key: "r" });
  fireEvent.keyDown(screen.getByLabelText("text"), { key: "k", ctrlKey: true });
  expect(run.mock.calls.flat()).toEqual(["r", "g o", "mod+k"]);
  stop();
});

test("Enter on a button is the button's", () => {
  const run = vi.fn();
  const stop = startKeys();
  render(<Keyed run={run} />);
  const isLeft = fireEvent.keyDown(screen.getByText("Retry"), { key: "Enter" });
  expect([isLeft, run.mock.calls.length]).toEqual([true, 0]);
  fireEvent.keyDown(document.body, { key: "Enter" });
  expect(run.mock.calls.flat()).toEqual(["Enter"]);
  stop();
});

test("the rail is a tab list of attempts; arrows, Home and End go along it", () => {
  const choose = vi.fn();
  const at = (second: number) => new Date(Date.UTC(2026, 10, 12, 3, 0, second)).toISOString();
  const attempts = [1, 2, 3].map((number) => ({ number, started_at: at(number), response: { status: 503 }, error: { kind: "http", message: "" } }));
  const stops = rail({ status: "retrying", created_at: at(0), attempts, planned_attempts: [{ number: 4, at: at(30) }] }, Date.parse(at(10)), "UTC");
  render(<Rail of={stops} chosen={2} onChoose={choose} panelId="p" />);
  const tabs = screen.getAllByRole("tab");
  expect(tabs.map((tab) => tab.getAttribute("aria-selected"))).toEqual(["false", "true", "false"]);
  const chosen = tabs[1];
  if (!chosen) throw new Error("there is no second tab");
  for (const key of ["ArrowRight", "ArrowLeft", "Home", "End"]) fireEvent.keyDown(chosen, { key });
  expect(choose.mock.calls.flat()).toEqual([3, 1, 1, 3]);
});

test("segments say which holds", () => {
  const change = vi.fn();
  render(<Segments label="Range" value="a" options={[{ value: "a", label: "A" }, { value: "b", label: "B", count: 3 }]} onChange={change} />);
  expect(screen.getByText("A").getAttribute("aria-pressed")).toBe("true");
  fireEvent.click(screen.getByText("B"));
  expect(change).toHaveBeenCalledWith("b");
});

test("sentences have weight and code, and foreign names are kept apart", () => {
  const { container } = render(<Words of={["Nothing has reached ", { strong: "a\u202eb" }, " by ", { code: "x" }, { foreign: "<i>" }, "."]} />);
  expect(container.querySelectorAll("bdi")).toHaveLength(3);
  expect(container.querySelector("i")).toBeNull();
});
