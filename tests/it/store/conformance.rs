//! The facts, and the backends they are true of.

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestRunner},
};

use super::backend::{Fixture, Sqlite};

/// Instantiates every fact for a backend.
macro_rules! conformance {
    ($name:ident: $new:expr) => {
        mod $name {
            use super::*;
            facts! { $new,
                append: [
                    what_was_answered_is_there_after_a_restart,
                    what_was_answered_survives_a_crash,
                    ids_grow_with_time_and_through_a_restart,
                    a_batch_keeps_its_order,
                    an_event_that_nobody_wants_is_kept,
                    a_committed_event_is_in_memory,
                    an_id_is_a_duplicate_for_a_day,
                    the_same_id_with_other_content_clashes,
                    a_clash_keeps_nothing_of_its_batch,
                    one_id_twice_in_a_batch_is_one_event,
                    one_id_for_two_contents_of_a_batch_keeps_nothing_of_it,
                    ids_and_idempotency_keys_are_names_of_their_own,
                    tenants_do_not_share_ids,
                    concurrent_requests_with_one_id_keep_one_event,
                    a_broadcast_is_a_copy_of_its_own_for_each_tenant,
                    a_broadcast_is_kept_once_for_a_day,
                    a_copy_of_a_broadcast_never_shares_an_id_with_another_event,
                    a_broadcast_wakes_the_webhooks_of_all_tenants,
                ],
                fan_out: [
                    a_large_batch_comes_whole_and_in_order_and_what_follows_comes_behind,
                    what_unfolds_wakes_its_lanes,
                    a_broadcast_to_many_tenants_comes_whole,
                ],
                pending: [
                    memory_continues_where_disk_ended,
                    a_limit_leaves_more_behind,
                    pending_is_read_by_ordering_key,
                    a_tail_longer_than_memory_is_read_from_disk_without_a_gap,
                    a_cancelled_delivery_is_not_pending_in_memory_either,
                ],
                tested: [
                    a_test_is_a_delivery_at_its_end_that_no_lane_hears_of,
                    what_a_test_takes_is_given_back_when_it_goes,
                ],
                notices: [
                    an_incident_is_kept_until_it_is_over,
                    a_condition_is_kept_until_it_is_over,
                    what_is_given_up_is_told_by_webhook_and_minute,
                    of_very_many_things_the_others_are_counted_together,
                    what_the_server_does_to_keys_is_not_told,
                    mails_wait_for_a_minute_and_take_one_row_a_tenant,
                ],
                audit: [
                    a_change_leaves_a_line_with_the_hash_of_the_one_before,
                    a_line_goes_with_its_change_through_a_crash_and_without_it_is_none,
                    publishing_leaves_no_line,
                    lines_are_found_by_what_they_tell,
                ],
                replays: [
                    a_step_is_done_once_and_survives_a_crash_with_its_place,
                    a_step_beyond_a_quota_leaves_nothing_behind,
                    what_is_owed_already_is_made_due_beyond_any_quota,
                    replays_are_listed_from_both_ends_and_as_far_as_they_are_one_answer,
                    a_walk_meets_each_that_is_meant_once_and_in_order,
                    what_was_begun_is_found_again_and_stopped_for_good,
                    a_tenants_replays_go_with_it,
                    a_replay_that_rematches_owes_events_to_whom_it_names,
                ],
                owed: [
                    an_append_wakes_its_webhooks_once,
                    every_subscriber_is_told_of_everything,
                    subscribers_that_wait_are_woken,
                    backlogs_tell_after_a_restart_who_owes_what,
                    retries_come_by_due_time,
                    a_retry_by_hand_makes_each_status_due,
                    a_replay_is_a_delivery_of_its_own,
                    why_a_delivery_was_cancelled_is_kept,
                    what_a_webhook_is_owed_is_counted_and_found_one_by_one,
                    a_cancelled_delivery_is_not_owed,
                    cancelling_what_is_owed_goes_in_slices_oldest_first,
                    the_oldest_owed_is_of_an_active_webhook,
                    another_tenants_delivery_does_not_exist,
                ],
                clock: [
                    a_retry_that_a_clock_ahead_put_off_for_years_waits_as_long_as_it_was_to,
                    a_retry_of_which_no_wait_is_known_is_due_when_a_clock_ahead_is_set_back,
                    what_a_clock_ahead_accepted_is_forgotten_in_its_time,
                    an_attempt_that_left_nothing_keeps_its_name_when_the_clock_is_set_back,
                    however_many_retries_a_clock_ahead_put_off_all_are_brought_back,
                    a_retry_that_is_recorded_after_the_clock_was_set_back_waits_as_long_as_it_was_to,
                    a_clock_that_is_set_back_while_it_runs_brings_retries_back_and_wakes_their_lanes,
                ],
                attempts: [
                    an_attempt_keeps_the_name_it_began_under,
                    names_go_on_after_a_crash_and_a_clock_that_was_set_back,
                    an_attempt_of_no_request_is_named_when_it_is_recorded,
                ],
                record: [
                    a_delivered_delivery_is_finished,
                    a_failed_attempt_leaves_a_retry,
                    an_attempt_that_does_not_count_uses_no_step,
                    a_given_up_delivery_is_a_dead_letter,
                    attempts_are_shown_as_they_were_seen,
                    attempts_with_too_much_in_them_come_without_bodies_the_oldest_first,
                    counters_follow_the_outcomes,
                    attempts_that_end_out_of_turn_keep_the_latest_times,
                    many_settlements_of_one_call_are_recorded_together,
                    a_delivery_cancelled_meanwhile_stays_cancelled,
                    a_delivery_cancelled_meanwhile_is_delivered_if_the_receiver_has_it,
                    a_recorded_outcome_survives_a_crash,
                    an_attempt_of_a_batch_is_one_for_all_of_it,
                    those_of_a_batch_can_go_on_by_themselves,
                    one_of_a_batch_that_is_cancelled_meanwhile_stays_so,
                    what_is_not_to_be_sent_is_cancelled_and_says_nothing_of_the_receiver,
                    the_events_of_deliveries_come_in_their_order,
                ],
                listing: [
                    times_far_away_are_no_bounds,
                    deliveries_of_a_deleted_webhook_keep_its_name,
                    deliveries_of_many_webhooks_that_had_one_id_are_found,
                    a_list_tells_the_last_failure_and_how_the_data_begins,
                    events_are_listed_by_type_and_time,
                ],
                lookup: [
                    a_page_of_large_events_ends_with_the_one_that_is_too_much,
                    an_event_is_found_by_the_id_that_is_shown,
                    of_several_with_one_id_the_newest_is_found,
                    another_tenants_event_is_not_found,
                    events_are_found_by_how_the_id_begins_that_is_shown,
                    deliveries_are_found_by_how_their_id_begins,
                    an_event_tells_the_newest_delivery_to_each_webhook,
                    of_a_large_fan_out_each_webhook_is_told_its_newest_delivery,
                ],
                retention: [
                    old_finished_deliveries_go_with_events_and_attempts,
                    what_is_owed_stays_until_it_is_finished,
                    an_attempt_of_a_batch_stays_as_long_as_one_that_it_tells_of,
                    a_slice_of_large_events_is_a_short_one,
                    deleting_in_slices_comes_to_an_end,
                    deleting_comes_to_an_end_where_its_passes_began_at_different_times,
                    an_id_is_remembered_longer_than_its_event,
                    a_broadcasts_record_lasts_as_long_as_its_copies,
                ],
                webhooks: [
                    a_created_webhook_is_seen_at_once_and_after_a_restart,
                    an_id_is_taken_within_its_tenant_until_deleted,
                    a_webhooks_history_is_its_keys_whatever_becomes_of_its_id,
                    a_webhook_is_changed_only_from_the_version_that_was_read,
                    a_webhook_is_deleted_only_at_the_version_that_is_expected,
                    enabling_begins_with_a_clean_slate,
                    a_version_that_nobody_can_have_seen_is_not_there_to_be_changed,
                    changes_are_told_in_order_and_once,
                    webhooks_are_listed_in_pages_newest_first,
                    deleting_and_creating_under_one_id_at_once_loses_neither,
                    no_secret_is_readable_in_what_is_kept,
                    another_master_key_is_refused,
                ],
                access: [
                    the_default_tenant_is_there,
                    a_tenants_id_is_taken_once,
                    a_deleted_tenant_takes_its_keys_and_webhooks_with_it,
                    an_api_key_reads_back,
                    the_same_api_key_is_kept_once,
                ],
                quotas: [
                    use_is_counted_with_what_is_kept_and_is_the_same_after_a_restart,
                    notices_have_some_room_beside_the_quotas_and_no_more,
                    a_large_fan_out_is_owed_before_and_while_it_unfolds,
                    the_last_place_is_given_once,
                    lists_of_values_count_as_the_memory_that_they_take,
                    where_a_quota_is_lowered_what_is_there_stays_and_can_be_changed,
                    a_change_of_nothing_but_status_or_secrets_is_never_refused,
                    what_would_be_owed_beyond_the_quota_is_refused_whole,
                    a_replay_counts_as_owed_and_its_row_until_retention_deletes_it,
                    bytes_of_events_are_counted_until_retention_deletes_them_and_refused_beyond_the_quota,
                    an_event_that_is_in_a_request_twice_is_owed_once,
                ],
                actors: [
                    every_change_names_who_made_it,
                    what_fails_is_told_of_nobody,
                ],
                statistics: [
                    what_happens_is_counted_when_it_happens_and_for_whom,
                    what_is_cancelled_skipped_or_repeated_is_counted,
                    requests_are_counted_as_often_as_they_were_sent,
                    what_a_deleted_webhook_is_owed_is_cancelled_in_its_tenants_sums,
                    what_is_not_committed_is_not_counted,
                    more_sums_than_are_wanted_are_none,
                    sums_are_of_their_owner_alone,
                    the_sums_of_who_is_gone_are_forgotten,
                    old_sums_of_a_grain_are_forgotten_and_those_of_others_stay,
                ],
                views: [
                    tenants_are_seen_as_they_are_by_everyone,
                    api_keys_are_seen_as_they_are_by_everyone,
                    event_types_are_seen_as_they_are_by_everyone,
                    changes_of_one_moment_are_seen_in_their_order,
                    a_deleted_tenant_is_gone_from_every_view,
                ],
                shutdown: [
                    a_second_process_is_refused,
                    what_was_queued_is_kept_by_closing,
                    a_closed_store_says_so,
                    a_store_that_was_not_closed_commits_when_dropped,
                ],
            }
            properties! { $new,
                pending: [each_delivery_is_read_once_and_in_order],
                listing: [lists_are_what_a_naive_search_finds],
                recount: [what_is_counted_is_what_the_rows_say],
            }
        }
    };
}

macro_rules! facts {
    ($new:expr, $($topic:ident: [$($fact:ident),* $(,)?]),* $(,)?) => {
        $(mod $topic {
            use super::*;
            $(#[tokio::test]
            async fn $fact() {
                crate::store::$topic::$fact(Fixture::new($new)).await;
            })*
        })*
    };
}

macro_rules! properties {
    ($new:expr, $($topic:ident: [$($fact:ident),* $(,)?]),* $(,)?) => {
        mod properties {
            use super::*;
            $($(#[test]
            fn $fact() {
                crate::store::$topic::$fact(|| Fixture::new($new));
            })*)*
        }
    };
}

conformance!(sqlite: Sqlite::new());

/// Runs `test` with random inputs and shrinks one that makes it panic.
pub fn check<T: std::fmt::Debug>(cases: u32, inputs: impl Strategy<Value = T>, test: impl AsyncFn(T)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let result = TestRunner::new(config).run(&inputs, |input| {
        runtime.block_on(test(input));
        Ok::<(), TestCaseError>(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
