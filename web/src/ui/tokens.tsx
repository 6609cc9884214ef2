/** Several short texts in one field, with a list to choose from that is searched while one types. What is not in the list can be typed, too. */
import { X } from "lucide-react";
import { useId, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";

export interface Option {
  value: string;
  note?: string | null;
}

const MOST_SHOWN = 50;

interface Given {
  id?: string;
  label: string;
  values: string[];
  onChange: (values: string[]) => void;
  options?: Option[];
  placeholder?: string;
  /** Where what is pasted or typed is parted. Texts that may have spaces are parted by commas only. */
  parts?: RegExp;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

export function Tokens({ id, label, values, onChange, options = [], placeholder, parts = /[\s,]+/, ...aria }: Given) {
  const [text, setText] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const wanted = text.trim().toLowerCase();
  const found = options.filter((option) => !values.includes(option.value) && (wanted === "" || option.value.toLowerCase().includes(wanted) || option.note?.toLowerCase().includes(wanted))).slice(0, MOST_SHOWN);
  const isListed = isOpen && found.length > 0;

  const add = (what: string) => {
    const more = what.split(parts).map((part) => part.trim()).filter((part) => part !== "" && !values.includes(part));
    if (more.length > 0) onChange([...values, ...new Set(more)]);
    setText("");
    setAt(-1);
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    const chosen = isListed ? found[at] : undefined;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) setIsOpen(true);
      else if (found.length > 0) setAt((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + found.length) % found.length);
    } else if (event.key === "Enter" && !event.metaKey && !event.ctrlKey) {
      if (!chosen && text.trim() === "") return;
      event.preventDefault();
      add(chosen?.value ?? text);
    } else if (event.key === "," && text.trim() !== "") {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && text === "" && values.length > 0) {
      onChange(values.slice(0, -1));
    } else if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      setIsOpen(false);
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text");
    if (text !== "" || !parts.test(pasted.trim())) return;
    event.preventDefault();
    add(pasted);
  };
  return (
    <div className="tokens-place">
      <div className="input tokens" data-invalid={aria["aria-invalid"] || undefined} onPointerDown={(event) => event.target === event.currentTarget && (event.preventDefault(), input.current?.focus())}>
        {values.map((value) => (
          <span key={value} className="token">
            <bdi>{value}</bdi>
            <button type="button" aria-label={`Remove ${value}`} onClick={() => (onChange(values.filter((other) => other !== value)), input.current?.focus())}>
              <X aria-hidden />
            </button>
          </span>
        ))}
        <input
          ref={input}
          id={id}
          {...aria}
          role="combobox"
          aria-label={label}
          aria-expanded={isListed}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={isListed && at >= 0 ? `${listId}-${at}` : undefined}
          autoComplete="off"
          spellCheck={false}
          value={text}
          placeholder={placeholder}
          onChange={(event) => {
            setText(event.target.value);
            setIsOpen(true);
            setAt(-1);
          }}
          onClick={() => setIsOpen(true)}
          onFocus={() => setIsOpen(options.length > 0)}
          onBlur={() => {
            setIsOpen(false);
            if (text.trim() !== "") add(text);
          }}
          onKeyDown={onKey}
          onPaste={onPaste}
        />
      </div>
      <ul id={listId} role="listbox" aria-label={label} className="popup menu tokens-list" hidden={!isListed}>
        {isListed &&
          found.map((option, index) => (
            // The field keeps the focus, so that the next can be typed at once.
            <li key={option.value} id={`${listId}-${index}`} role="option" aria-selected={index === at} className="menu-item" data-highlighted={index === at || undefined} onPointerDown={(event) => event.preventDefault()} onPointerMove={() => setAt(index)} onClick={() => add(option.value)}>
              <code>
                <bdi>{option.value}</bdi>
              </code>
              {option.note && <small>{option.note}</small>}
            </li>
          ))}
      </ul>
    </div>
  );
}
