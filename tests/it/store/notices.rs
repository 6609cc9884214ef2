//! What notices tell of: incidents, conditions, what has happened, and what is to be mailed of it.

use lanehook::{
    model::{Actor, ApiKeyId, Scope, Serial, TenantKey, Timestamp, TypePattern, WebhookKey},
    store::{
        About, Condition, Happened, HappenedKind, Incident, MOST_DELIVERIES, MOST_LINES, MOST_SUBJECTS, MailLine,
        NewApiKey, Told, ToldChanges,
    },
};

use super::backend::Fixture;
use crate::support::{DEFAULT, NOON, SECOND, TESTER, event, given_up, webhook};

pub async fn an_incident_is_kept_until_it_is_over(it: Fixture) {
    let incident = |number, told| Incident {
        webhook: WebhookKey(Serial::nth(number)),
        tenant: DEFAULT,
        since: NOON + SECOND,
        told,
        told_at: NOON + 2 * SECOND,
    };
    let of = [Told::Nothing, Told::Failing, Told::Disabled, Told::Recovered];
    let all: Vec<Incident> = (1..).zip(of).map(|(number, told)| incident(number, told)).collect();
    it.keep_told(ToldChanges { incidents: all.clone(), ..ToldChanges::default() }).await.unwrap();
    let it = it.crash();
    let sorted = async |it: &Fixture| {
        let mut found = it.incidents().await.unwrap();
        found.sort_by_key(|incident| incident.webhook);
        found
    };
    assert_eq!(sorted(&it).await, all);
    let told = incident(1, Told::Failing);
    let over = vec![all[1].webhook, WebhookKey(Serial::nth(9))];
    let changes = ToldChanges { incidents: vec![told], incidents_over: over, ..ToldChanges::default() };
    it.keep_told(changes).await.unwrap();
    let it = it.reopen().await;
    assert_eq!(sorted(&it).await, [told, all[2], all[3]]);
}

pub async fn a_condition_is_kept_until_it_is_over(it: Fixture) {
    let condition =
        |subject: &str, is_told| Condition { tenant: DEFAULT, subject: subject.into(), since: NOON, is_told };
    let conditions = vec![condition("quota.near/webhooks", false), condition("system/disk", true)];
    it.keep_told(ToldChanges { conditions: conditions.clone(), ..ToldChanges::default() }).await.unwrap();
    let it = it.crash();
    assert_eq!(it.conditions().await.unwrap(), conditions);
    let told = condition("quota.near/webhooks", true);
    let over = vec![(DEFAULT, "system/disk".to_owned())];
    let changes = ToldChanges { conditions: vec![told.clone()], conditions_over: over, ..ToldChanges::default() };
    it.keep_told(changes).await.unwrap();
    assert_eq!(it.reopen().await.conditions().await.unwrap(), [told]);
}

async fn happened_after(it: &Fixture, time: Timestamp) -> Vec<Happened> {
    it.clock.set(time);
    it.happened(1_000).await.unwrap()
}

pub async fn what_is_given_up_is_told_by_webhook_and_minute(it: Fixture) {
    let hook = it.webhook("w").await;
    let mut given = Vec::new();
    for _ in 0..MOST_DELIVERIES + 2 {
        let owed = it.owe(event("price.alert"), hook).await;
        it.settle(given_up(&owed, it.clock.now())).await;
        given.push(owed.id);
    }
    // Nothing that notices cause is told.
    let owed = it.owe(event("lanehook.webhook.failing"), hook).await;
    it.settle(given_up(&owed, it.clock.now())).await;
    let mut listens = webhook("listens");
    listens.settings.event_types = vec![TypePattern::all_reserved()];
    let listens = it.made(listens).await.key;
    let owed = it.owe(event("price.alert"), listens).await;
    it.settle(given_up(&owed, it.clock.now())).await;
    assert_eq!(happened_after(&it, NOON).await, [], "the minute is not over");
    let it = it.crash();
    let told = happened_after(&it, NOON + 60 * SECOND).await;
    let [Happened { group, about: About::Webhook(key, deliveries), count }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((group.kind, group.tenant, *key, *count as usize), (HappenedKind::GivenUp, DEFAULT, hook, given.len()));
    assert_eq!(*deliveries, given[..MOST_DELIVERIES]);
    it.keep_told(ToldChanges { happened: vec![*group], ..ToldChanges::default() }).await.unwrap();
    assert_eq!(happened_after(&it, NOON + 60 * SECOND).await, []);
}

pub async fn of_very_many_things_the_others_are_counted_together(it: Fixture) {
    let by = Actor::key(ApiKeyId(Serial::nth(5)));
    let other = it.tenant("acme").await;
    for number in 0..MOST_SUBJECTS as u8 + 7 {
        let key = |tenant| NewApiKey {
            hash: [number + u8::from(tenant == Some(other)) * 100; 32],
            hint: "lhk_".into(),
            name: format!("key {number}"),
            tenant,
            scopes: vec![Scope::EventsRead],
            rate_limit: None,
            expires_at: None,
        };
        it.create_api_key(key(None), &by).await.unwrap();
        if number == 0 {
            let made = it.create_api_key(key(Some(other)), &by).await.unwrap();
            it.delete_api_key(made.id, &by).await.unwrap();
        }
    }
    let told = happened_after(&it, NOON + 60 * SECOND).await;
    let of = |tenant: TenantKey, kind| {
        let of_group = told.iter().filter(|one| one.group.tenant == tenant && one.group.kind == kind);
        of_group.cloned().collect::<Vec<_>>()
    };
    let operators = of(DEFAULT, HappenedKind::KeyMade);
    assert_eq!(operators.len(), MOST_SUBJECTS + 1, "an operator's key is the default tenant's to hear of");
    let others: Vec<u64> = operators.iter().filter(|one| one.about == About::Others).map(|one| one.count).collect();
    assert_eq!(others, [7]);
    let [made] = &of(other, HappenedKind::KeyMade)[..] else { panic!("{told:?}") };
    let About::Key(_, key) = &made.about else { panic!("{made:?}") };
    assert_eq!((key.name.as_str(), key.by.as_str()), ("key 0", by.to_string().as_str()));
    assert_eq!(of(other, HappenedKind::KeyRevoked).len(), 1);
    // A read that is shorter than all of it has whole groups only.
    let first = it.happened(MOST_SUBJECTS + 2).await.unwrap();
    let groups: Vec<_> = first.iter().map(|one| one.group).collect();
    assert!(!first.is_empty() && first.len() < told.len());
    assert!(groups.iter().all(|group| first.iter().filter(|one| one.group == *group).count()
        == told.iter().filter(|one| one.group == *group).count()));
}

pub async fn what_the_server_does_to_keys_is_not_told(it: Fixture) {
    let key = NewApiKey {
        hash: [7; 32],
        hint: "lhk_".into(),
        name: "bootstrap".into(),
        tenant: None,
        scopes: vec![Scope::EventsRead],
        rate_limit: None,
        expires_at: None,
    };
    it.create_api_key(key, TESTER).await.unwrap();
    assert_eq!(happened_after(&it, NOON + 60 * SECOND).await, []);
}

pub async fn mails_wait_for_a_minute_and_take_one_row_a_tenant(it: Fixture) {
    let other = it.tenant("acme").await;
    let add = async |it: &Fixture, tenant, text: &str| {
        let mails = vec![MailLine::new(tenant, text)];
        it.keep_told(ToldChanges { mails, ..ToldChanges::default() }).await.unwrap();
    };
    add(&it, DEFAULT, "one\r\n.\r\ntwo").await;
    for number in 0..MOST_LINES + 3 {
        add(&it, other, &format!("line {number}")).await;
    }
    let it = it.crash();
    assert_eq!(it.due_mails(NOON + 59 * SECOND, 9).await.unwrap(), (vec![], 2), "they are gathered");
    let later = NOON + 60 * SECOND;
    let (due, _) = it.due_mails(later, 9).await.unwrap();
    let of = |tenant| due.iter().find(|mail| mail.tenant == tenant).unwrap().clone();
    assert_eq!(of(DEFAULT).lines, ["one  .  two"], "a line is one");
    assert_eq!((of(other).lines.len(), of(other).count), (MOST_LINES, MOST_LINES as u64 + 3));
    assert_eq!(it.due_mails(later, 1).await.unwrap().0.len(), 1);

    it.mail_put_off(DEFAULT, later + 30 * SECOND).await.unwrap();
    add(&it, other, "came meanwhile").await;
    it.mail_done(other, MOST_LINES, MOST_LINES as u64 + 3, later).await.unwrap();
    let (due, waiting) = it.due_mails(later + 60 * SECOND, 9).await.unwrap();
    let left: Vec<_> = due.iter().map(|mail| (mail.tenant, mail.count, mail.tries)).collect();
    assert_eq!((left, waiting), (vec![(DEFAULT, 1, 1), (other, 1, 0)], 2));
    it.mail_done(other, 1, 1, later).await.unwrap();
    assert_eq!(it.due_mails(later + 60 * SECOND, 9).await.unwrap().1, 1);
}
