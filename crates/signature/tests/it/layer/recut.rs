//! Twilio's forms with other borders between their fields: signed alike, and still the message that they were.

use http::HeaderName;
use lanehook_signature::Dialect;
use lanehook_signature::layer::VerifyLayer;

use super::{Receiver, request, send, signed};
use crate::NOW;

const FORM: &str = "Body=helloSmsSidSM2&MessageSid=SM1";
/// The same names and values, written together: with another id, and with none.
const CUT_ANEW: [&str; 3] =
    ["Body=hello&SmsSid=SM2MessageSidSM1", "BodyhelloSmsSid=SM2MessageSidSM1", "Body=helloSmsSidSM2MessageSid&SM1="];

/// What is sent: the header, what was signed, and what is made of it.
type Sent<'s> = (&'s str, &'s str, &'s str);

async fn statuses(layer: impl FnOnce(VerifyLayer) -> VerifyLayer, sent: &[Sent<'_>]) -> Vec<u16> {
    let (receiver, twilio) = (Receiver::new(), Dialect::Twilio { url: "https://shop.example/p".to_owned() });
    let handler = receiver.service(&layer(receiver.layer(twilio.clone())));
    let mut statuses = Vec::new();
    for (header, form, body) in sent {
        let mut headers = signed(&twilio, "", NOW, form);
        headers.push(("i-twilio-idempotency-token".to_owned(), (*header).to_owned()));
        statuses.push(send(&handler, request(&headers, body)).await.0);
    }
    assert_eq!(receiver.handled(), statuses.iter().filter(|status| **status == 204).count());
    statuses
}

/// The value of the first field whose name ends in `Sid`.
fn sid(layer: VerifyLayer) -> VerifyLayer {
    layer.id_from(|_, body| {
        let body = std::str::from_utf8(body).ok()?;
        body.split('&').find_map(|pair| pair.split_once("Sid=")).map(|(_, value)| value.to_owned())
    })
}

#[tokio::test]
async fn a_form_that_is_cut_anew_is_handled_once_whatever_id_is_found_in_it() {
    let [one, two, three] = CUT_ANEW.map(|body| ("1", FORM, body));
    for first in [("1", FORM, FORM), one, two, three] {
        let sent = [first, ("1", FORM, FORM), one, two, three];
        assert_eq!(statuses(sid, &sent).await, [204, 200, 200, 200, 200], "{first:?}");
    }
    // What was passed over, since its id was known, is known by what is signed, too.
    let other = "Body=byeSmsSidSM2&MessageSid=SM1";
    let cut = ("1", other, "Body=bye&SmsSid=SM2MessageSidSM1");
    assert_eq!(statuses(sid, &[("1", FORM, FORM), ("1", other, other), cut]).await, [204, 200, 200]);
    assert_eq!(statuses(sid, &[("1", FORM, FORM), ("1", "MessageSid=SM3", "MessageSid=SM3")]).await, [204, 204]);
}

#[tokio::test]
async fn a_form_that_is_cut_anew_is_the_message_of_its_header() {
    let by_header = |layer: VerifyLayer| layer.id_header(HeaderName::from_static("i-twilio-idempotency-token"));
    let [one, two, three] = CUT_ANEW.map(|body| ("1", FORM, body));
    assert_eq!(statuses(by_header, &[("1", FORM, FORM), one, two, three]).await, [204, 200, 200, 200]);
    // Under made-up ones it is taken a few times, as any recorded request is that has no signed time.
    let made_up: Vec<String> = (0..40).map(|n| format!("made up {n}")).collect();
    let sent: Vec<Sent<'_>> =
        made_up.iter().zip(CUT_ANEW.iter().cycle()).map(|(id, cut)| (&**id, FORM, *cut)).collect();
    let statuses = statuses(by_header, &sent).await;
    assert!(statuses[..16].iter().all(|status| *status == 204) && statuses[16..].iter().all(|status| *status == 503));
}
