/** When a tenant is told, as it is typed: an empty field is the server's setting. */
export interface NoticesLike {
  failing_after?: string | null;
  failure_share?: number | null;
  oldest_due?: string | null;
  quota_near?: number | null;
  key_expires?: string | null;
  mail_to: string[];
}

export interface NoticesDraft {
  failing_after: string;
  failure_share: string;
  oldest_due: string;
  quota_near: string;
  key_expires: string;
  mail_to: string[];
}

export function noticesDraft(of: NoticesLike): NoticesDraft {
  const text = (value: string | number | null | undefined) => (value === null || value === undefined ? "" : String(value));
  return { failing_after: text(of.failing_after), failure_share: text(of.failure_share), oldest_due: text(of.oldest_due), quota_near: text(of.quota_near), key_expires: text(of.key_expires), mail_to: of.mail_to };
}

/** What differs, as a merge patch: null sets back to the server's. What is no number goes as it is typed; the server says what is wrong. */
export function noticesPatch(was: NoticesDraft, is: NoticesDraft): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const key of ["failing_after", "oldest_due", "key_expires"] as const) {
    if (is[key].trim() !== was[key]) patch[key] = is[key].trim() === "" ? null : is[key].trim();
  }
  for (const key of ["failure_share", "quota_near"] as const) {
    const text = is[key].trim();
    if (text !== was[key]) patch[key] = text === "" ? null : /^\d+$/.test(text) ? Number(text) : text;
  }
  if (JSON.stringify(is.mail_to) !== JSON.stringify(was.mail_to)) patch.mail_to = is.mail_to;
  return patch;
}
