import { useId, type InputHTMLAttributes, type ReactNode } from "react";

/** A field's label, what helps to fill it, and what is wrong with it, in the API's words. */
export function Field({ label, help, fault, children }: { label: ReactNode; help?: ReactNode; fault?: string | null; children: (of: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ReactNode }) {
  const id = useId();
  const note = fault || help ? `${id}-note` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": note, "aria-invalid": fault ? true : undefined })}
      {fault ? (
        <span id={note} className="fault" role="alert">
          {fault}
        </span>
      ) : help ? (
        <span id={note} className="help">
          {help}
        </span>
      ) : null}
    </div>
  );
}

/** The usual one: a line of text. */
export function TextField({ label, help, fault, className = "", ...input }: { label: ReactNode; help?: ReactNode; fault?: string | null } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} help={help} fault={fault}>
      {(given) => <input {...given} {...input} className={`input ${className}`} />}
    </Field>
  );
}
