//! Replays that another version wrote.

use super::*;
use crate::{
    model::{Expected, ReplayAction, ReplayId, ReplayPlan, ReplayQuery},
    store::{MOST_RUNNING, NewReplay, Replays, ReplaysQuery},
};

const BY: &Actor = &Actor::system("somebody");

#[tokio::test]
async fn what_cannot_be_read_takes_no_place_of_those_that_may_run_and_is_not_read_again() {
    let (store, _folder) = open();
    let tenant = store.tenants().all()[0].key;
    let begin = async || {
        let query = ReplayQuery { statuses: vec![DeliveryStatus::Failed], ..ReplayQuery::default() };
        let plan = ReplayPlan { action: ReplayAction::Retry, query, rate: None, new_id: false };
        let new = NewReplay { tenant, plan, expected: Expected::default() };
        store.begin_replay(new, BY).await.unwrap().map(|replay| replay.id)
    };
    let mut newer: Vec<ReplayId> = Vec::new();
    for _ in 0..MOST_RUNNING {
        newer.extend(begin().await);
    }
    assert_eq!(begin().await, None);
    let newer_plan = r#"UPDATE replays SET plan = '{"stored": {"version": 9, "oldest_reader": 9}}'"#;
    store.write(SMALL, move |tx| tx.conn.execute(newer_plan, []).map_err(unavailable)).await.unwrap();
    for (id, of) in store.running_replays().await.unwrap() {
        assert_eq!((store.find_replay(of, id).await.unwrap(), of), (None, tenant));
    }
    assert_eq!(store.running_replays().await.unwrap(), [], "they are known to be none of this version's");
    assert_eq!((store.count_running(tenant).await.unwrap(), store.count_replays(tenant).await.unwrap()), (0, 0));
    let own = begin().await.expect("their places are free");
    let all = ReplaysQuery { limit: 9, ..ReplaysQuery::default() };
    let listed: Vec<_> = store.replays(tenant, all).await.unwrap().iter().map(|replay| replay.id).collect();
    assert_eq!(listed, [own]);
    assert_eq!(store.stop_replay(tenant, newer[0], BY).await.unwrap(), None);
    let states = "SELECT count(*) FROM replays WHERE state = 0";
    let running: i64 = store.read(tenant, move |conn| conn.query_row(states, [], |row| row.get(0))).await.unwrap();
    assert_eq!(running as u64, MOST_RUNNING + 1, "and stay as they are, for the version that can read them");
}
