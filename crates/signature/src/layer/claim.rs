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
/// A message whose id is not signed takes one of the places of its signed content, too. There are only so many, so a recorded
/// request is handled under so many made-up ids and no more. With all of them taken nothing was handled under this id, so the
/// sender is to come again; where the content is told to be the message, it was handled. The first place is the key of the content
/// itself, which is what a message without an id has.
pub(super) async fn claim<I: SeenIds>(
    seen: &I,
    held: &Held<'_>,
    message: &Message,
    now: i64,
    keep_until: i64,
) -> Result<Option<Claims<I::Claim>>, Problem> {
    let begin = |key, until| async move {
        seen.begin(key, now, until).await.map_err(|error| Problem::Store(error.to_string()))
    };
    let Received { key, content, .. } = message.received;
    if held.here(key) {
        return Ok(Some(Vec::new()));
    }
    let claim = match begin(key, keep_until).await? {
        Begin::First(claim) => claim,
        Begin::Done => return Ok(None),
        Begin::UnderWay if held.elsewhere(key) => return Err(Problem::ClaimedAround),
        Begin::UnderWay => return Err(Problem::UnderWay),
        Begin::Full => return Err(Problem::Full),
    };
    let Some(Places { most, content_is_message }) = message.places else { return Ok(Some(vec![(key, claim)])) };
    let mut otherwise = if content_is_message { Ok(None) } else { Err(Problem::TooManyIds { most }) };
    for place in places(content, key, most) {
        if held.here(place) {
            return Ok(Some(vec![(key, claim)]));
        }
        // Only asked for: whoever walks past a taken place must not have it taken for longer.
        match begin(place, now).await {
            Ok(Begin::First(taken)) => match begin(place, keep_until).await {
                Ok(Begin::First(again)) => return Ok(Some(vec![(key, claim), (place, again)])),
                Ok(_) => return Ok(Some(vec![(key, claim), (place, taken)])),
                Err(problem) => {
                    otherwise = Err(problem);
                    break;
                }
            },
            Ok(Begin::Done) => {}
            Ok(Begin::UnderWay) => otherwise = Err(Problem::UnderWay),
            Ok(Begin::Full) => {
                otherwise = Err(Problem::Full);
                break;
            }
            Err(problem) => {
                otherwise = Err(problem);
                break;
            }
        }
    }
    seen.release(claim).await.map_err(|error| Problem::Store(error.to_string()))?;
    otherwise
}

/// The places of a content. Each id begins at another one, so that while some are taken, most messages find a free one at once.
fn places(content: MessageKey, key: MessageKey, most: usize) -> impl Iterator<Item = MessageKey> {
    let [first, second, ..] = *key.as_bytes();
    let start = usize::from(u16::from_be_bytes([first, second])) % most;
    (start..most).chain(0..start).map(move |place| match place {
        0 => content,
        _ => MessageKey::of(&[b"place", content.as_bytes(), &place.to_be_bytes()]),
    })
}
