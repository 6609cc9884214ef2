//! Lists: `limit`, an opaque `cursor`, and `{data, next_cursor, previous_cursor, has_more}`.
//!
//! A cursor is the list's name, which is its path, and the id of the last thing on the page before it, or of the first on the page behind
//! it, in base64url. It holds no secret and is no permission: what comes after it is looked up among the caller's own. One of another list
//! is refused, and so is one of another order; other filters go on from the same place.

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
    api::edge::{
        extract::{Query, switch},
        problem::Problem,
    },
    model::{TenantKey, schema::Look},
    store::{ANSWER_BYTES, Counted},
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
    /// What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked
    /// for by event type, since one page looks only so far: at 10,000, as a rule.
    pub data: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
    /// Give it as `cursor` for the page before; null on the first one.
    #[schema(value_type = Option<Cursor>)]
    pub previous_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// How many there are on all pages, where `count=true` asks for it: 10,000 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Whether there may be more than `count` says: 10,000 were looked at, and there are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_is_capped: Option<bool>,
}

/// Which page is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "the fields are documentation; what was read is in `Page`")]
pub struct PageParams {
    /// How many at most: 1 to 250, by default 50.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before, or `previous_cursor` of the page behind.
    #[param(value_type = Option<Cursor>)]
    cursor: Option<String>,
    /// Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer.
    count: Option<bool>,
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
    cursor: Option<Place<String>>,
    counts: bool,
    counted: Option<Counted>,
    /// Up to here it was looked for what is on the page.
    reach: Option<String>,
}

/// Where in a list a page begins, or ends. Without an id it is the list's begin, or its end.
#[derive(Debug, PartialEq)]
struct Place<T> {
    id: Option<T>,
    /// Whether the page is the one before it.
    is_end: bool,
}

/// Of what a page is made up, in the order of its list.
#[derive(Debug, PartialEq)]
pub struct Between<T> {
    /// Only of what comes after this.
    pub after: Option<T>,
    /// Only of what comes before this.
    pub before: Option<T>,
}

impl<T: Ord> Between<T> {
    fn holds(&self, id: &T) -> bool {
        self.after.as_ref().is_none_or(|after| id > after) && self.before.as_ref().is_none_or(|before| id < before)
    }
}

impl Page {
    /// Takes `limit`, `cursor` and `count` out of the query.
    pub fn read(query: &mut Query<'_>) -> Result<Page, Problem> {
        let list = query.list().to_owned();
        let limit = query.take("limit", |text| match text.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(format!("is a number from 1 to {MOST}")),
        })?;
        let cursor = query.take("cursor", |text| {
            let (of, id) = decode(text).ok_or_else(malformed)?;
            if of == list { Ok(Place::read(id)) } else { Err(of_another(&of)) }
        })?;
        let counts = query.take("count", switch)?.unwrap_or_default();
        let (limit, has_orders) = (limit.unwrap_or(DEFAULT_LIMIT), query.knows("sort"));
        Ok(Page { limit, has_orders, list, cursor, counts, counted: None, reach: None })
    }

    /// Between which ids the page is.
    pub fn between<T>(&self, parse: impl FnOnce(&str) -> Option<T>) -> Result<Between<T>, Problem> {
        let Some(place) = &self.cursor else { return Ok(Between { after: None, before: None }) };
        let id = match &place.id {
            None => None,
            Some(text) => Some(parse(text).ok_or_else(|| {
                let message = if self.has_orders { of_another_order() } else { malformed() };
                Problem::parameter("cursor", message)
            })?),
        };
        Ok(match place.is_end {
            false => Between { after: id, before: None },
            true => Between { after: None, before: id },
        })
    }

    /// Whether the page is made up from its end: of what is between these ids, it has the last.
    pub fn is_from_end(&self) -> bool {
        self.cursor.as_ref().is_some_and(|place| place.is_end)
    }

    /// Whether all there are are to be counted.
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// So many there are.
    pub fn counted(&mut self, counted: Counted) {
        self.counted = Some(counted);
    }

    /// What is on the page was looked for up to this id, and no further, though there is more of the list.
    pub fn reaches(&mut self, id: String) {
        self.reach = Some(id);
    }

    /// Leaves out of what was found for the page what its reader is not to see. The list goes on behind it all the same.
    pub fn leave_out<T>(&mut self, found: &mut Vec<T>, id: impl Fn(&T) -> String, is_hidden: impl Fn(&T) -> bool) {
        let last = if self.is_from_end() { found.first() } else { found.last() };
        let last = last.map(id);
        let before = found.len();
        found.retain(|thing| !is_hidden(thing));
        if found.len() < before {
            self.reach = last;
        }
    }

    /// Of all there are, in the order of these ids, leaves what the page is made up of.
    pub fn cut<T, I: Ord>(
        &mut self,
        all: &mut Vec<T>,
        id: impl Fn(&T) -> &I,
        parse: impl FnOnce(&str) -> Option<I>,
    ) -> Result<(), Problem> {
        let between = self.between(parse)?;
        if self.counts {
            self.counted(Counted::of(all.len()));
        }
        all.retain(|thing| between.holds(id(thing)));
        Ok(())
    }

    /// The page of things that are large, from those up to `limit + 1` of which the sizes together pass `bytes` with the last
    /// at the earliest, or with the first where the page is made up from its end: as many as fit, at least one.
    pub fn of_sized<T, V>(
        &self,
        mut found: Vec<T>,
        bytes: usize,
        size: impl Fn(&T) -> usize,
        id: impl Fn(&T) -> String,
        view: impl FnMut(T) -> V,
    ) -> List<V> {
        self.turn(&mut found);
        let mut sum = 0;
        let fitting = found.iter().take_while(|thing| {
            sum += size(thing);
            sum <= bytes
        });
        let fitting = fitting.count().clamp(1, self.limit);
        let is_cut = found.len() > fitting;
        found.truncate(fitting);
        self.turn(&mut found);
        self.listed(found, is_cut, id, view)
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
        mut found: Vec<T>,
        bytes: usize,
        id: impl Fn(&T) -> String,
        mut view: impl FnMut(T) -> V,
    ) -> serde_json::Result<List<Box<RawValue>>> {
        let (all, mut sum) = (found.len(), 0);
        self.turn(&mut found);
        let mut fitting: Vec<(String, Box<RawValue>)> = Vec::with_capacity(all.min(self.limit));
        for thing in found.into_iter().take(self.limit) {
            let id = id(&thing);
            let written = to_raw_value(&view(thing))?;
            sum += written.get().len();
            if sum > bytes && !fitting.is_empty() {
                break;
            }
            fitting.push((id, written));
        }
        let is_cut = fitting.len() < all;
        self.turn(&mut fitting);
        Ok(self.listed(fitting, is_cut, |(id, _)| id.clone(), |(_, written)| written))
    }

    /// The page, from up to `limit + 1` things; the one too many says that there is a next page.
    pub fn of<T, V>(&self, mut found: Vec<T>, id: impl Fn(&T) -> String, view: impl FnMut(T) -> V) -> List<V> {
        self.turn(&mut found);
        let is_cut = found.len() > self.limit;
        found.truncate(self.limit);
        self.turn(&mut found);
        self.listed(found, is_cut, id, view)
    }

    /// From the order of the list to that in which the page is made up, and back.
    fn turn<T>(&self, found: &mut [T]) {
        if self.is_from_end() {
            found.reverse();
        }
    }

    /// What is on the page; `is_cut`: there is more where it came from.
    fn listed<T, V>(
        &self,
        found: Vec<T>,
        is_cut: bool,
        id: impl Fn(&T) -> String,
        view: impl FnMut(T) -> V,
    ) -> List<V> {
        // Behind the place that it is beside there is something, or was.
        let is_beside = self.cursor.as_ref().is_some_and(|place| place.id.is_some());
        let goes_on = is_cut || self.reach.is_some();
        let (has_more, has_previous) = if self.is_from_end() { (is_beside, goes_on) } else { (goes_on, is_beside) };
        // Of a page that is empty, both lead on from where was looked for it; or, if that is the end of the list, to its begin and end.
        let cursor = |thing: Option<&T>, is_end| {
            let reach = self.reach.clone().filter(|_| !is_cut && (is_end == self.is_from_end() || thing.is_none()));
            encode(&self.list, &Place { id: reach.or_else(|| thing.map(&id)), is_end }.text())
        };
        List {
            next_cursor: has_more.then(|| cursor(found.last(), false)),
            previous_cursor: has_previous.then(|| cursor(found.first(), true)),
            data: found.into_iter().map(view).collect(),
            has_more,
            count: self.counted.map(|counted| counted.count),
            count_is_capped: self.counted.map(|counted| counted.is_capped),
        }
    }
}

/// No id begins with it.
const END: char = '<';

impl Place<String> {
    fn read(text: String) -> Place<String> {
        let (id, is_end) = match text.strip_prefix(END) {
            Some(id) => (id.to_owned(), true),
            None => (text, false),
        };
        Place { id: Some(id).filter(|id| !id.is_empty()), is_end }
    }

    fn text(&self) -> String {
        let end = if self.is_end { END.to_string() } else { String::new() };
        format!("{end}{}", self.id.as_deref().unwrap_or_default())
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
        let cursor = cursor.map(|text| Place::read(decode(text).unwrap().1));
        Page { limit, list: "things".into(), has_orders: false, cursor, counts: false, counted: None, reach: None }
    }

    fn number(text: &str) -> Option<i32> {
        text.parse().ok()
    }

    #[test]
    fn a_cursor_leads_to_the_next_page() {
        let first = page(2, None).of(vec![1, 2, 3], i32::to_string, |n| n);
        assert_eq!((first.data.as_slice(), first.has_more), (&[1, 2][..], true));
        let next = page(2, first.next_cursor.as_deref());
        assert_eq!(next.between(number).unwrap(), Between { after: Some(2), before: None });
        let last = next.of(vec![3], i32::to_string, |n| n);
        assert!(!last.has_more && last.next_cursor.is_none());
    }

    /// A page of these, by its length and cursor.
    fn walked(all: &[i32], limit: usize, cursor: Option<&str>) -> List<i32> {
        let (mut page, mut found) = (page(limit, cursor), all.to_vec());
        page.cut(&mut found, |number| number, number).unwrap();
        page.of(found, i32::to_string, |n| n)
    }

    #[test]
    fn whoever_turns_pages_sees_all_in_one_order_and_the_same_on_the_way_back() {
        let all: Vec<i32> = (0..10).collect();
        for limit in 1..12 {
            let (mut there, mut cursor) = (Vec::new(), None);
            loop {
                let list = walked(&all, limit, cursor.as_deref());
                assert_eq!(list.previous_cursor.is_some(), cursor.is_some(), "{limit}");
                let (next, previous) = (list.next_cursor, list.previous_cursor);
                there.push(list.data);
                match next {
                    Some(next) => cursor = Some(next),
                    None => break cursor = previous,
                }
            }
            assert_eq!(there.concat(), all, "{limit}");
            let mut back = vec![there.pop().unwrap()];
            while let Some(at) = cursor {
                let list = walked(&all, limit, Some(&at));
                assert!(list.has_more && list.next_cursor.is_some(), "{limit}");
                back.insert(0, list.data);
                cursor = list.previous_cursor;
            }
            there.push(back.last().unwrap().clone());
            assert_eq!(back, there, "{limit}");
        }
    }

    #[test]
    fn a_page_that_is_empty_by_now_leads_to_the_others() {
        let all: Vec<i32> = (0..10).collect();
        let second = walked(&all, 3, walked(&all, 3, None).next_cursor.as_deref());
        let gone = walked(&all[3..], 3, second.previous_cursor.as_deref());
        assert_eq!((gone.data.as_slice(), gone.has_more, gone.previous_cursor), (&[][..], true, None));
        assert_eq!(walked(&all[3..], 3, gone.next_cursor.as_deref()).data, [3, 4, 5]);
        let gone = walked(&all[..6], 3, second.next_cursor.as_deref());
        assert_eq!((gone.data.as_slice(), gone.has_more), (&[][..], false));
        let last = walked(&all[..6], 4, gone.previous_cursor.as_deref());
        assert_eq!((last.data.as_slice(), last.next_cursor), (&[2, 3, 4, 5][..], None));
    }

    #[test]
    fn a_page_that_was_looked_for_up_to_a_place_goes_on_from_there() {
        for (cursor, found, next, previous) in [
            (None, vec![3], Some("7"), None),
            (None, vec![], Some("7"), None),
            (None, vec![1, 2, 3], Some("2"), None),
            (Some("9"), vec![10], Some("7"), Some("<10")),
            (Some("<9"), vec![8], Some("8"), Some("<7")),
            (Some("5"), vec![], Some("7"), Some("<7")),
            (Some("<9"), vec![], Some("7"), Some("<7")),
            (Some("<9"), vec![6, 7, 8], Some("8"), Some("<7")),
        ] {
            let cursor = cursor.map(|cursor| encode("things", cursor));
            let mut page = page(2, cursor.as_deref());
            page.reaches("7".into());
            let list = page.of(found.clone(), i32::to_string, |n| n);
            let read = |cursor: Option<String>| cursor.map(|cursor| decode(&cursor).unwrap().1);
            let found_cursors = (read(list.next_cursor), read(list.previous_cursor));
            assert_eq!(found_cursors, (next.map(str::to_owned), previous.map(str::to_owned)), "{cursor:?} {found:?}");
            assert!(list.has_more, "{cursor:?} {found:?}");
        }
    }

    /// A page of the multiples of `by` among numbers up to 100, of which ten are looked at.
    fn few_of_many(by: i32, cursor: Option<&str>) -> List<i32> {
        let mut page = page(2, cursor);
        let between = page.between(number).unwrap();
        let mut looked_at: Vec<i32> = (1..=100).filter(|number| between.holds(number)).collect();
        page.turn(&mut looked_at);
        if looked_at.len() > 10 {
            looked_at.truncate(10);
            page.reaches(looked_at[9].to_string());
        }
        page.turn(&mut looked_at);
        looked_at.retain(|number| number % by == 0);
        page.of(looked_at, i32::to_string, |n| n)
    }

    /// What is on the first page from this cursor on that is not empty, going on by `on`.
    fn nearest(by: i32, mut cursor: Option<String>, on: impl Fn(List<i32>) -> Option<String>) -> Vec<i32> {
        while let Some(at) = cursor {
            let list = few_of_many(by, Some(&at));
            if !list.data.is_empty() {
                return list.data;
            }
            cursor = on(list);
        }
        Vec::new()
    }

    #[test]
    fn one_can_turn_back_also_on_an_empty_page() {
        for by in [1, 7, 30, 45, 99, 200] {
            let (mut there, mut cursor) = (Vec::new(), Some(encode("things", "")));
            while let Some(at) = cursor {
                let list = few_of_many(by, Some(&at));
                let before = nearest(by, list.previous_cursor, |list| list.previous_cursor);
                assert_eq!(before.last(), there.last(), "{by} {there:?}");
                there.extend(list.data);
                cursor = list.next_cursor;
            }
            assert_eq!(there, (1..=100).filter(|number| number % by == 0).collect::<Vec<_>>());
            let (mut back, mut cursor) = (Vec::new(), Some(encode("things", "<")));
            while let Some(at) = cursor {
                let list = few_of_many(by, Some(&at));
                let behind = nearest(by, list.next_cursor, |list| list.next_cursor);
                assert_eq!(behind.first(), back.first(), "{by} {back:?}");
                back.splice(0..0, list.data);
                cursor = list.previous_cursor;
            }
            assert_eq!(back, there);
        }
    }

    #[test]
    fn large_pages_are_the_same_on_the_way_back() {
        let back = page(9, Some(&encode("things", "<7")));
        let list = back.of_sized(vec![4, 5, 6], 11, |&size| size, |size| size.to_string(), |n| n);
        assert_eq!((list.data, list.has_more), (vec![5, 6], true));
        assert_eq!(decode(&list.previous_cursor.unwrap()).unwrap().1, "<5");
        let back = page(9, Some(&encode("things", "<7")));
        let list = back.of_written(vec!["abc", "d", "e"], 6, |text| text.to_string(), |text| text).unwrap();
        assert_eq!(list.data.iter().map(|text| text.get()).collect::<Vec<_>>(), ["\"d\"", "\"e\""]);
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
        assert!(page(2, Some(&encode("things", "abc"))).between(number).is_err());
    }
}
