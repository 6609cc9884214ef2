//! Incidents: what was told of webhooks that fail.

use lanehook::{
    model::{Serial, WebhookKey},
    store::{Incident, Told},
};

use super::backend::Fixture;
use crate::support::{DEFAULT, NOON, SECOND};

pub async fn an_incident_is_kept_until_it_is_over(it: Fixture) {
    let incident = |number, told| Incident {
        webhook: WebhookKey(Serial::nth(number)),
        tenant: DEFAULT,
        since: NOON + SECOND,
        told,
    };
    let all = vec![incident(1, Told::Nothing), incident(2, Told::Failing), incident(3, Told::Disabled)];
    it.keep_incidents(all.clone(), Vec::new()).await.unwrap();
    let it = it.crash();
    let sorted = async |it: &Fixture| {
        let mut found = it.incidents().await.unwrap();
        found.sort_by_key(|incident| incident.webhook);
        found
    };
    assert_eq!(sorted(&it).await, all);
    let told = incident(1, Told::Failing);
    it.keep_incidents(vec![told], vec![all[1].webhook, WebhookKey(Serial::nth(9))]).await.unwrap();
    let it = it.reopen().await;
    assert_eq!(sorted(&it).await, [told, all[2]]);
}
