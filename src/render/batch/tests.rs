//! What a batch carries, by how far its deliveries depend on one another.

mod summary;

use std::sync::Arc;

use lanehook_script::Transformed;
use serde_json::{Value, json};

use super::*;
use crate::{
    budget::Budget,
    model::{EventKey, EventType, Serial, TenantKey, Timestamp, WebhookId, WebhookKey},
    webhook::{Secrets, WebhookSettings},
};

/// Its template cannot be rendered for an event without `n`.
fn webhook(batch: Value) -> Webhook {
    let settings = json!({
        "url": "https://receiver.example/hook", "batch": batch,
        "payload": {"type": "template", "template": r#"{"n": {{ data.n }}}"#},
    });
    let settings: WebhookSettings = serde_json::from_value(settings).unwrap();
    Webhook {
        key: WebhookKey(Serial::nth(1)),
        tenant: TenantKey(1),
        id: WebhookId::parse("w").unwrap(),
        settings,
        secrets: Secrets::default(),
        disabled: None,
        status_since: None,
        version: 1,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

fn id(number: i64) -> DeliveryId {
    DeliveryId(Serial::nth(number))
}

fn due(number: i64, data: &Value) -> DueDelivery {
    let event = Event {
        key: EventKey(Serial::nth(100 + number)),
        tenant: TenantKey(1),
        caller_id: None,
        event_type: EventType::parse("a").unwrap(),
        timestamp: Timestamp::default(),
        version: None,
        ordering_key: None,
        correlation_id: None,
        traceparent: None,
        source: None,
        metadata: None,
        data: data.to_string().into(),
        fan_out: 1,
        scrubbed_at: None,
        test: false,
    };
    DueDelivery { id: id(number), event: Arc::new(event) }
}

const OWN: TenantKey = TenantKey(1);
const OTHER: TenantKey = TenantKey(2);

fn any_room() -> Room {
    Budget::new(1 << 30).nothing(OWN)
}

fn complete(step: Step) -> Rendered {
    match step {
        Step::Done(rendered) => rendered,
        Step::ForScript(gathered) => panic!("there is no script: {gathered:?}"),
    }
}

/// Rendered as finely parted as it can be: what comes out is the same.
fn in_pieces(webhook: &Webhook, settings: &Batch, batch: &DueBatch, scripted: &Scripted) -> Rendered {
    let templates = Templates::default();
    let parts = Parts { templates: &templates, webhook, settings, batch, scripted };
    let (mut progress, mut room) = (Progress::default(), any_room());
    loop {
        if let Poll::Ready(step) = progress.go_on(&parts, &mut room, &mut Slice::of_one_piece()) {
            return complete(step.unwrap());
        }
    }
}

/// Which of the events with these data are carried, and which are rejected; the first is number 1.
fn rendered(webhook: &Webhook, data: &[Value], cohesion: Cohesion) -> (Vec<i64>, Vec<i64>) {
    let deliveries = (1..).zip(data).map(|(number, data)| due(number, data)).collect();
    let settings = webhook.settings.batch.as_ref().unwrap();
    let batch = DueBatch { deliveries, cohesion, attempt: None };
    let rendered = in_pieces(webhook, settings, &batch, &Scripted::new());
    let number = |of: DeliveryId| (1..).find(|number| id(*number) == of).unwrap();
    let carried = rendered.message.map(|(_, carried)| carried).unwrap_or_default();
    let rejected = rendered.rejected.into_iter().map(|(id, failure)| {
        assert_eq!(failure.kind, FailureKind::Render);
        number(id)
    });
    (carried.into_iter().map(number).collect(), rejected.collect())
}

#[test]
fn an_event_without_payload_holds_back_the_others_as_far_as_they_depend_on_it() {
    let webhook = webhook(json!({}));
    let (good, bad) = (json!({"n": 1}), json!({}));
    let all = [good.clone(), bad.clone(), good.clone(), bad.clone()];
    assert_eq!(rendered(&webhook, &all, Cohesion::Loose), (vec![1, 3], vec![2, 4]));
    assert_eq!(
        rendered(&webhook, &all, Cohesion::InOrder),
        (vec![1], vec![]),
        "the next request begins with the second"
    );
    assert_eq!(rendered(&webhook, &all[1..], Cohesion::InOrder), (vec![], vec![1]), "the others wait for its outcome");
    assert_eq!(rendered(&webhook, &all, Cohesion::Whole), (vec![], vec![1, 2, 3, 4]));
    assert_eq!(rendered(&webhook, &[good.clone(), good], Cohesion::Whole), (vec![1, 2], vec![]));
}

#[test]
fn what_finds_no_room_is_left_for_the_next_request_unless_the_batch_is_whole() {
    let webhook = webhook(json!({"max_bytes": 1024}));
    let large = json!({"n": "x".repeat(500)});
    let all = [large.clone(), large.clone(), large.clone()];
    for cohesion in [Cohesion::Loose, Cohesion::InOrder] {
        assert_eq!(rendered(&webhook, &all, cohesion), (vec![1], vec![]), "{cohesion:?}");
    }
    assert_eq!(rendered(&webhook, &all, Cohesion::Whole), (vec![1, 2, 3], vec![]));
    assert_eq!([0, 1023, 1024, 5000].map(|bytes| has_room(&webhook, bytes)), [true, true, false, false]);
}

#[test]
fn a_skipped_event_holds_nothing_back() {
    let mut webhook = webhook(json!({}));
    let script = json!({"type": "javascript", "code": "function transform(event) { return null }"});
    webhook.settings.payload = Some(serde_json::from_value(script).unwrap());
    let deliveries = vec![due(1, &json!(1)), due(2, &json!(2)), due(3, &json!(3))];
    let made = [Ok(Transformed::Json("1".into())), Ok(Transformed::Null), Ok(Transformed::Json("3".into()))];
    let scripted: Scripted = (1..).map(id).zip(made).collect();
    let settings = webhook.settings.batch.clone().unwrap();
    for cohesion in [Cohesion::Loose, Cohesion::InOrder, Cohesion::Whole] {
        let batch = DueBatch { deliveries: deliveries.clone(), cohesion, attempt: None };
        let rendered = in_pieces(&webhook, &settings, &batch, &scripted);
        let (message, carried) = rendered.message.unwrap();
        assert_eq!((&message.body[..], carried), (&b"[1,3]"[..], vec![id(1), id(3)]), "{cohesion:?}");
        assert_eq!(
            rendered.rejected.iter().map(|(id, failure)| (*id, failure.kind)).collect::<Vec<_>>(),
            [(id(2), FailureKind::Skipped)]
        );
    }
}

#[test]
fn a_batch_is_rendered_one_event_at_a_time_and_ends_when_it_has_cost_enough() {
    let costly = "{% for a in range(100) %}{% for b in range(100) %}{{ b }}{% endfor %}{% endfor %}";
    let mut webhook = webhook(json!({"max_bytes": 8_388_608}));
    let template = format!("{{\"n\": \"{costly}\"}}");
    webhook.settings.payload = serde_json::from_value(json!({"type": "template", "template": template})).unwrap();
    let deliveries: Vec<DueDelivery> = (1..=1_000).map(|number| due(number, &json!(1))).collect();
    let (templates, scripted) = (Templates::default(), Scripted::new());
    let settings = webhook.settings.batch.as_ref().unwrap();
    let batch = DueBatch { deliveries, cohesion: Cohesion::InOrder, attempt: None };
    let parts = Parts { templates: &templates, webhook: &webhook, settings, batch: &batch, scripted: &scripted };

    let (mut progress, mut room) = (Progress::default(), any_room());
    assert!(
        progress.go_on(&parts, &mut room, &mut Slice::in_place()).is_pending() && progress.payloads.is_empty(),
        "not in place"
    );
    let mut slices = 0;
    let rendered = loop {
        slices += 1;
        if let Poll::Ready(step) = progress.go_on(&parts, &mut room, &mut Slice::turn()) {
            break complete(step.unwrap());
        }
    };
    let (_, carried) = rendered.message.unwrap();
    assert!(
        rendered.rejected.is_empty() && (2..500).contains(&carried.len()),
        "the others are in the next: {}",
        carried.len()
    );
    assert!(slices > 10 && slices <= carried.len() + 2, "{slices} for {}", carried.len());
}

#[test]
fn what_is_quick_to_render_is_done_in_place() {
    let webhook = webhook(json!({}));
    let batch = DueBatch { deliveries: vec![due(1, &json!({"n": 7}))], cohesion: Cohesion::Loose, attempt: None };
    let (templates, scripted) = (Templates::default(), Scripted::new());
    let settings = webhook.settings.batch.as_ref().unwrap();
    let parts = Parts { templates: &templates, webhook: &webhook, settings, batch: &batch, scripted: &scripted };
    assert!(Progress::default().go_on(&parts, &mut any_room(), &mut Slice::in_place()).is_ready());
}

/// Bytes of each payload that [`wordy`] makes.
const WORDY: usize = 10_000;

/// Its payloads are far longer than their events.
fn wordy(batch: Value) -> Webhook {
    let mut webhook = webhook(batch);
    let template = format!("\"{}\"", "x".repeat(WORDY - 2));
    webhook.settings.payload = serde_json::from_value(json!({"type": "template", "template": template})).unwrap();
    webhook
}

fn tiny_events(count: i64, cohesion: Cohesion) -> DueBatch {
    let deliveries = (1..=count).map(|number| due(number, &json!({"key": number}))).collect();
    DueBatch { deliveries, cohesion, attempt: None }
}

#[test]
fn what_many_batches_make_at_one_time_is_held_before_it_is_kept() {
    let (webhook, memory) = (wordy(json!({"max_bytes": 1 << 20, "collapse": "data.key"})), Budget::new(2_000_000));
    let (templates, scripted) = (Templates::default(), Scripted::new());
    let settings = webhook.settings.batch.as_ref().unwrap();
    for cohesion in [Cohesion::Loose, Cohesion::InOrder] {
        let batches: Vec<DueBatch> = (0..20).map(|_| tiny_events(100, cohesion)).collect();
        let begin = |batch| {
            let parts = Parts { templates: &templates, webhook: &webhook, settings, batch, scripted: &scripted };
            (parts, Progress::default(), memory.nothing(OWN))
        };
        let mut under_way: Vec<_> = batches.iter().map(begin).collect();
        let (mut done, mut carried) = (Vec::new(), 0);
        // By turns, as the threads for long work do it, so that all grow at once.
        while !under_way.is_empty() {
            let mut rest = Vec::new();
            for (parts, mut progress, mut room) in under_way {
                match progress.go_on(&parts, &mut room, &mut Slice::of_one_piece()) {
                    Poll::Pending => rest.push((parts, progress, room)),
                    // It waits, and gives back what it held.
                    Poll::Ready(Err(_)) => {}
                    Poll::Ready(Ok(step)) => {
                        let rendered = complete(step);
                        let (message, deliveries) = rendered.message.unwrap();
                        carried += deliveries.len();
                        assert!(rendered.rejected.is_empty() && room.amount() >= message.body.len());
                        done.push(room);
                    }
                }
                let of_known = |progress: &Progress| progress.known.values().filter(|known| known.is_ok()).count();
                let kept: usize =
                    rest.iter().map(|(_, progress, _)| progress.payloads.len() + of_known(progress)).sum();
                assert!(kept * WORDY <= memory.taken() && memory.taken() <= 1_000_000, "{kept} payloads");
            }
            under_way = rest;
        }
        assert!((10..100).contains(&carried) && !done.is_empty(), "they go smaller: {carried}");
        drop(done);
        assert_eq!(memory.taken(), 0);
    }
}

#[test]
fn a_batch_that_may_not_be_parted_waits_for_room_and_fails_if_there_never_will_be_enough() {
    let webhook = wordy(json!({}));
    let (templates, scripted) = (Templates::default(), Scripted::new());
    let (settings, batch) = (webhook.settings.batch.as_ref().unwrap(), tiny_events(20, Cohesion::Whole));
    let parts = Parts { templates: &templates, webhook: &webhook, settings, batch: &batch, scripted: &scripted };
    let within = |memory: &Budget<TenantKey>| {
        let (mut progress, mut room) = (Progress::default(), memory.nothing(OWN));
        loop {
            if let Poll::Ready(step) = progress.go_on(&parts, &mut room, &mut Slice::turn()) {
                return step.map(complete);
            }
        }
    };
    let memory = Budget::new(600_000);
    let of_others = memory.take(OTHER, 300_000).unwrap();
    assert!(!within(&memory).unwrap_err().for_ever, "others hold what it needs");
    drop(of_others);
    assert_eq!(within(&memory).unwrap().message.unwrap().1.len(), 20);
    let failed = within(&Budget::new(200_000)).unwrap();
    assert!(failed.message.is_none() && failed.rejected.len() == 20);
    for (_, failure) in failed.rejected {
        assert_eq!(failure.kind, FailureKind::Render);
        assert!(failure.message.contains("memory"), "{}", failure.message);
    }
}

#[test]
fn payloads_of_a_batch_that_may_not_be_parted_are_bounded_together() {
    for (cohesion, count, fails) in
        [(Cohesion::Whole, 2, true), (Cohesion::Whole, 1, false), (Cohesion::InOrder, 2, false)]
    {
        let (mut made, mut room) = (Made::of(&tiny_events(count, cohesion)), any_room());
        made.keep(10 << 20, &mut room).unwrap();
        match made.keep(10 << 20, &mut room) {
            Err(NoRoom::Ever(failure)) => assert!(fails && failure.kind == FailureKind::Render, "{failure:?}"),
            kept => assert!(!fails && kept.is_ok(), "{cohesion:?}: {kept:?}"),
        }
    }
}
