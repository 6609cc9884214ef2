//! Lists: `limit`, an opaque `cursor`, and `{data, next_cursor, has_more}`.
//!
//! A cursor is the list's name, which is its path, and the id of the last thing on the page before, in base64url. It holds no secret and is
//! no permission: what comes after it is looked up among the caller's own. One of another list is refused, and so is one of another
//! order; other filters go on from the same place.

use std::borrow::Cow;

use axum::Json;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{
    api::edge::{extract::Query, problem::Problem},
    model::{TenantKey, schema::Look},
    store::ANSWER_BYTES,
    work::{Slice, Work},
};

const DEFAULT_LIMIT: usize = 50;
const MOST: usize = 250;
const LONGEST_CURSOR: usize = 512;
/// Characters of another list's name that are told again.
const SHOWN: usize = 200;

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct List<T> {
    /// What is on this page: fewer than `limit` also where more would be too large for one answer.
    pub data: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// Which page is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "the fields are documentation; what was read is in `Page`")]
pub struct PageParams {
    /// How many at most: 1 to 250, by default 50.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<Cursor>)]
    cursor: Option<String>,
}

/// How a cursor looks, for the description.
pub struct Cursor;

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        let description = "Where a list goes on. What is in it is the server's affair.";
        let example = "d2ViaG9va3MgdXNlci00Mg";
        Look { pattern: "^[A-Za-z0-9_-]+$".into(), longest: LONGEST_CURSOR, example, description }.schema()
    }
}

impl ToSchema for Cursor {
    fn name() -> Cow<'static, str> {
        "Cursor".into()
    }
}

/// Which page is asked for, read.
#[derive(Debug)]
pub struct Page {
    /// How many at most.
    pub limit: usize,
    list: String,
    /// Whether it can be asked for in several orders.
    has_orders: bool,
    after: Option<String>,
}

impl Page {
    /// Takes `limit` and `cursor` out of the query.
    pub fn read(query: &mut Query<'_>) -> Result<Page, Problem> {
        let list = query.list().to_owned();
        let limit = query.take("limit", |text| match text.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(format!("is a number from 1 to {MOST}")),
        })?;
        let after = query.take("cursor", |text| {
            let (of, id) = decode(text).ok_or_else(malformed)?;
            if of == list { Ok(id) } else { Err(of_another(&of)) }
        })?;
        Ok(Page { limit: limit.unwrap_or(DEFAULT_LIMIT), has_orders: query.knows("sort"), list, after })
    }

    /// After which id the page begins.
    pub fn after<T>(&self, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        match &self.after {
            None => Ok(None),
            Some(text) => parse(text).map(Some).ok_or_else(|| {
                let message = if self.has_orders { of_another_order() } else { malformed() };
                Problem::parameter("cursor", message)
            }),
        }
    }

    /// The page of things that are large, from those up to `limit + 1` of which the sizes together pass `bytes` with the last
    /// at the earliest: as many as fit, at least one.
    pub fn of_sized<T, V>(
        &self,
        mut found: Vec<T>,
        bytes: usize,
        size: impl Fn(&T) -> usize,
        id: impl FnOnce(&T) -> String,
        view: impl FnMut(T) -> V,
    ) -> List<V> {
        let mut sum = 0;
        let fitting = found.iter().take_while(|thing| {
            sum += size(thing);
            sum <= bytes
        });
        let fitting = fitting.count().clamp(1, self.limit);
        let has_more = found.len() > fitting;
        found.truncate(fitting);
        self.listed(found, has_more, id, view)
    }

    /// The page of things of which each can be large, from up to `limit + 1`: as many as are written in [`ANSWER_BYTES`] of JSON,
    /// at least one. They are written in turns of this tenant: nobody else waits for that.
    pub async fn written<T: Send + 'static, V: Serialize + 'static>(
        self,
        work: &Work,
        tenant: TenantKey,
        found: Vec<T>,
        id: impl Fn(&T) -> String + Send + 'static,
        view: impl FnMut(T) -> V + Send + 'static,
    ) -> Result<Json<List<Box<RawValue>>>, Problem> {
        let write = move || self.of_written(found, ANSWER_BYTES, id, view);
        let written = work.ask_once(tenant, Slice::UNKNOWN, write).await?;
        written.map(Json).map_err(Problem::internal)
    }

    fn of_written<T, V: Serialize>(
        &self,
        found: Vec<T>,
        bytes: usize,
        id: impl Fn(&T) -> String,
        mut view: impl FnMut(T) -> V,
    ) -> serde_json::Result<List<Box<RawValue>>> {
        let (all, mut sum, mut last) = (found.len(), 0, None);
        let mut data = Vec::with_capacity(all.min(self.limit));
        for thing in found.into_iter().take(self.limit) {
            let id = id(&thing);
            let written = to_raw_value(&view(thing))?;
            sum += written.get().len();
            if sum > bytes && last.is_some() {
                break;
            }
            last = Some(id);
            data.push(written);
        }
        let has_more = data.len() < all;
        let next_cursor = last.filter(|_| has_more).map(|id| encode(&self.list, &id));
        Ok(List { data, next_cursor, has_more })
    }

    /// The page, from up to `limit + 1` things; the one too many says that there is a next page.
    pub fn of<T, V>(&self, mut found: Vec<T>, id: impl FnOnce(&T) -> String, view: impl FnMut(T) -> V) -> List<V> {
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        self.listed(found, has_more, id, view)
    }

    fn listed<T, V>(
        &self,
        found: Vec<T>,
        has_more: bool,
        id: impl FnOnce(&T) -> String,
        view: impl FnMut(T) -> V,
    ) -> List<V> {
        let next_cursor = found.last().filter(|_| has_more).map(|last| encode(&self.list, &id(last)));
        List { data: found.into_iter().map(view).collect(), next_cursor, has_more }
    }
}

fn encode(list: &str, id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list} {id}"))
}

/// The name of the list, and the id.
fn decode(text: &str) -> Option<(String, String)> {
    if text.len() > LONGEST_CURSOR {
        return None;
    }
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (list, id) = text.split_once(' ')?;
    Some((list.to_owned(), id.to_owned()))
}

fn malformed() -> String {
    "is none that a list gave out; give `next_cursor` of the page before as it was, or leave it out to begin the list"
        .into()
}

fn of_another(list: &str) -> String {
    let shown: String = list.chars().take(SHOWN).collect();
    format!("is of the list `{}`; give it there, or leave it out to begin this one", shown.escape_debug())
}

fn of_another_order() -> String {
    "is of this list in another order; give the `sort` of the page before, or leave the cursor out to begin the list"
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: usize, cursor: Option<&str>) -> Page {
        Page { limit, list: "things".into(), has_orders: false, after: cursor.map(|text| decode(text).unwrap().1) }
    }

    #[test]
    fn a_cursor_leads_to_the_next_page() {
        let first = page(2, None).of(vec![1, 2, 3], i32::to_string, |n| n);
        assert_eq!((first.data.as_slice(), first.has_more), (&[1, 2][..], true));
        let next = page(2, first.next_cursor.as_deref());
        assert_eq!(next.after(|text| text.parse::<i32>().ok()).unwrap(), Some(2));
        let last = next.of(vec![3], i32::to_string, |n| n);
        assert!(!last.has_more && last.next_cursor.is_none());
    }

    #[test]
    fn a_page_of_large_things_ends_early_and_says_so() {
        let sized = |found: Vec<usize>| page(9, None).of_sized(found, 10, |&size| size, |last| last.to_string(), |n| n);
        for (found, data) in [(vec![4, 5, 6], 2), (vec![4, 6, 1], 2), (vec![11, 1], 1), (vec![11, 30], 1)] {
            let list = sized(found.clone());
            assert_eq!((list.data.len(), list.has_more, list.next_cursor.is_some()), (data, true, true), "{found:?}");
        }
        for found in [vec![], vec![10], vec![11], vec![4, 6]] {
            let list = sized(found.clone());
            assert_eq!((list.data, list.has_more), (found, false));
        }
    }

    #[test]
    fn a_page_ends_early_where_what_is_written_is_too_much() {
        let texts = |found: &[&'static str], limit| {
            page(limit, None).of_written(found.to_vec(), 10, |text| text.to_string(), |text| text).unwrap()
        };
        // With its quotes a text of three letters is five bytes.
        for (found, limit, data, next) in [
            (&["abc", "def"][..], 9, 2, None),
            (&["abc", "def", "g"], 9, 2, Some("def")),
            (&["abc", "d", "e"], 2, 2, Some("d")),
            (&["a long one", "b"], 9, 1, Some("a long one")),
            (&["a long one"], 9, 1, None),
            (&[], 9, 0, None),
        ] {
            let list = texts(found, limit);
            let cursor = list.next_cursor.map(|cursor| decode(&cursor).unwrap().1);
            assert_eq!((list.data.len(), cursor.as_deref(), list.has_more), (data, next, next.is_some()), "{found:?}");
        }
    }

    #[test]
    fn a_cursor_of_something_else_is_refused() {
        for text in ["*", "aa=", "_w", "YWJj"] {
            assert_eq!(decode(text), None, "{text}");
        }
        let read = |cursor: String| Some(decode(&cursor).unwrap());
        assert_eq!(read(encode("things", "0 1")), Some(("things".into(), "0 1".into())));
        assert_eq!(read(encode("events/a/things", "7")), Some(("events/a/things".into(), "7".into())));
        assert!(page(2, Some(&encode("things", "abc"))).after(|text| text.parse::<i32>().ok()).is_err());
    }
}
