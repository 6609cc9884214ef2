//! Whose a message is to handle: a verified message enters, the claims leave that the store gave for it, or that it was handled.

use http::request::Parts;

use super::answer::Problem;
use super::settings::{Message, Places};
use crate::received::{MessageKey, Received};
use crate::seen::{Begin, SeenIds, StoreIdentity};

/// What was claimed for one request, with its keys. Nothing, if layers around this one have claimed all of it in the same store.
pub(super) type Claims<C> = Vec<(MessageKey, C)>;

/// What layers around this one have claimed for this request, and in which stores. No other request has it.
#[derive(Debug, Clone, Default)]
struct Claimed(Vec<(StoreIdentity, MessageKey)>);

/// That, as the layer sees it which asks this store.
pub(super) struct Held<'h> {
    claimed: &'h [(StoreIdentity, MessageKey)],
    store: StoreIdentity,
}

impl<'h> Held<'h> {
    pub(super) fn of<I: SeenIds>(head: &'h Parts, seen: &I) -> Held<'h> {
        let claimed = head.extensions.get::<Claimed>().map_or(&[][..], |Claimed(claimed)| claimed);
        Held { claimed, store: seen.identity() }
    }

    fn here(&self, key: MessageKey) -> bool {
        self.claimed.contains(&(self.store, key))
    }

    fn elsewhere(&self, key: MessageKey) -> bool {
        self.claimed.iter().any(|(store, claimed)| *claimed == key && *store != self.store)
    }
}

/// Lets layers further in know of these claims.
pub(super) fn hold<I: SeenIds>(head: &mut Parts, seen: &I, claims: &Claims<I::Claim>) {
    let claimed = head.extensions.get_or_insert_default::<Claimed>();
    claimed.0.extend(claims.iter().map(|(key, _)| (seen.identity(), *key)));
}

/// Asks the store whether to handle this message, and claims it; `None` if it was handled before.
///
/// What layers around this one have claimed in the same store is asked for all the same: this one may have it remembered for longer.
pub(super) async fn claim<I: SeenIds>(
    seen: &I,
    held: &Held<'_>,
    message: &Message,
    now: i64,
    keep_until: i64,
) -> Result<Option<Claims<I::Claim>>, Problem> {
    let store = Store { seen, space: message.space, now };
    let Received { key, content, .. } = message.received;
    let mut claims = Vec::new();
    match store.begin(key, keep_until).await? {
        Begin::First(claim) => claims.push((key, claim)),
        Begin::UnderWay if held.here(key) => {}
        Begin::UnderWay if held.elsewhere(key) => return Err(Problem::ClaimedAround),
        Begin::UnderWay => {
            if message.places.as_ref().is_some_and(|places| places.is_one_attempt) {
                store.use_up(content, keep_until).await?;
            }
            return Err(Problem::UnderWay);
        }
        Begin::Done => {
            // Of a message that is passed over, what is signed has to be known too, or it would be handled under another id.
            if message.places.as_ref().is_some_and(|places| places.most == 1) {
                store.use_up(content, keep_until).await?;
            }
            return Ok(None);
        }
        Begin::Full => return Err(Problem::Full),
    }
    let Some(places) = &message.places else { return Ok(Some(claims)) };
    match store.take_place(held, places, key, content, keep_until).await {
        Ok(Place::Taken(claim)) => {
            claims.extend(claim);
            Ok(Some(claims))
        }
        otherwise => {
            for (_, claim) in claims {
                seen.release(claim).await.map_err(failed)?;
            }
            otherwise?;
            if places.content_is_message { Ok(None) } else { Err(Problem::TooManyIds { most: places.most }) }
        }
    }
}

/// A store, asked for one message.
struct Store<'s, I> {
    seen: &'s I,
    space: Option<MessageKey>,
    now: i64,
}

/// What came of looking for a free place.
enum Place<C> {
    /// Nothing is claimed if a layer around this one has one.
    Taken(Option<(MessageKey, C)>),
    AllTaken,
}

impl<I: SeenIds> Store<'_, I> {
    async fn begin(&self, key: MessageKey, until: i64) -> Result<Begin<I::Claim>, Problem> {
        let begun = match self.space {
            Some(space) => self.seen.begin_in(space, key, self.now, until).await,
            None => self.seen.begin(key, self.now, until).await,
        };
        begun.map_err(failed)
    }

    /// Has this known as handled.
    async fn use_up(&self, content: MessageKey, keep_until: i64) -> Result<(), Problem> {
        match self.begin(content, keep_until).await? {
            Begin::First(claim) => self.seen.complete(claim).await.map_err(failed),
            Begin::UnderWay | Begin::Done => Ok(()),
            Begin::Full => Err(Problem::Full),
        }
    }

    /// A message whose id is not signed takes one of the places of its signed content, too. There are only so many, so a recorded
    /// request is handled under so many made-up ids and no more. With all of them taken nothing was handled under this id, so the
    /// sender is to come again; where the content is told to be the message, it was handled.
    async fn take_place(
        &self,
        held: &Held<'_>,
        places: &Places,
        key: MessageKey,
        content: MessageKey,
        keep_until: i64,
    ) -> Result<Place<I::Claim>, Problem> {
        if let Some(place) = places.of(content, key).find(|place| held.here(*place)) {
            let begun = self.begin(place, keep_until).await?;
            return Ok(Place::Taken(if let Begin::First(claim) = begun { Some((place, claim)) } else { None }));
        }
        let mut is_under_way = false;
        for place in places.of(content, key) {
            // Only asked for: whoever walks past a taken place must not have it taken for longer.
            match self.begin(place, self.now).await? {
                Begin::First(taken) => {
                    let claim = match self.begin(place, keep_until).await? {
                        Begin::First(again) => again,
                        _ => taken,
                    };
                    return Ok(Place::Taken(Some((place, claim))));
                }
                Begin::Done => {}
                Begin::UnderWay => is_under_way = true,
                Begin::Full => return Err(Problem::Full),
            }
        }
        if is_under_way { Err(Problem::UnderWay) } else { Ok(Place::AllTaken) }
    }
}

impl Places {
    /// The places of a content. Each id begins at another one, so that while some are taken, most messages find a free one at once.
    ///
    /// The last one is the key of the content itself, which is what a message without an id has. The others are known by their number,
    /// too: of two layers with one store, each counts by its own.
    fn of(&self, content: MessageKey, key: MessageKey) -> impl Iterator<Item = MessageKey> {
        let most = self.most;
        let others = most - 1;
        let [first, second, ..] = *key.as_bytes();
        let start = usize::from(u16::from_be_bytes([first, second])).checked_rem(others).unwrap_or_default();
        let others = (start..others).chain(0..start).map(move |place| {
            MessageKey::of(&[b"place", content.as_bytes(), &most.to_be_bytes(), &place.to_be_bytes()])
        });
        others.chain([content])
    }
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::Store(error.to_string())
}
