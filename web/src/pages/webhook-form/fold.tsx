import { ChevronDown } from "lucide-react";
import { useEffect, useState, type InputHTMLAttributes, type ReactNode } from "react";
import { useForm } from "./form";

/** A part of the form that most leave as it is: what it says is told, what is in it can be unfolded. It opens where something in it is wrong. */
export function Fold({ title, says, places, children }: { title: string; says: ReactNode; places: string[]; children: ReactNode }) {
  const { fault } = useForm();
  const isWrong = places.some((place) => fault(place) !== null);
  const [isOpen, setIsOpen] = useState(isWrong);
  useEffect(() => {
    if (isWrong) setIsOpen(true);
  }, [isWrong]);
  return (
    <details className="folded" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <b>{title}</b>
        <span>{says}</span>
        <ChevronDown className="icon text-ink-3" aria-hidden />
      </summary>
      {isOpen && <div className="inside">{children}</div>}
    </details>
  );
}

export function Check({ label, help, ...input }: { label: ReactNode; help?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="check">
      <input type="checkbox" {...input} />
      <span>{label}</span>
      {help && <small>{help}</small>}
    </label>
  );
}
