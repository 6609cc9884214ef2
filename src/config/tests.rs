use std::io::Write;

use clap::Parser;

use super::*;
use crate::mail::SmtpTls;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
}

fn load(file: &str, flags: &[&str]) -> Result<Config, ConfigError> {
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(file.as_bytes()).unwrap();
    let path = on_disk.path().to_str().unwrap().to_owned();
    let args = ["lanehook", "--config", &path].into_iter().chain(flags.iter().copied());
    Cli::parse_from(args).settings.load()
}

#[test]
fn flags_are_stronger_than_the_file_and_the_file_than_defaults() {
    let config = load("max_in_flight = 100\ngrace = \"3s\"", &["--max-in-flight", "200"]).unwrap();
    assert_eq!((config.max_in_flight, config.grace), (200, Span::seconds(3)));
    assert_eq!(config.key_rate, AccessLimits::default().key_rate.limit);
}

#[test]
fn where_to_listen_has_the_names_that_people_try() {
    for flags in [["--listen", "9000"], ["--port", "9000"], ["--port", "127.0.0.1:9000"], ["--bind", "127.0.0.1:9000"]]
    {
        assert_eq!(load("", &flags).unwrap().listen.to_string(), "127.0.0.1:9000", "{flags:?}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_told_in_words() {
    let wrong = load("# mine\nmax_in_flight = \"many\"", &[]).unwrap_err().to_string();
    for part in ["line 2", "max_in_flight = \"many\"", "this has to be a whole number"] {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
}

#[test]
fn a_tenant_may_call_at_least_as_often_as_one_of_its_keys() {
    let rates = |file: &str| load(file, &[]).map(|config| (config.key_rate, config.tenant_rate)).unwrap();
    assert_eq!(rates("key_rate = 5000"), (5000, 5000));
    assert_eq!(rates("key_rate = 50"), (50, AccessLimits::default().tenant_rate.limit));
    assert_eq!(rates("key_rate = 5000\ntenant_rate = 100"), (5000, 100), "unless it is said");
}

#[test]
fn an_error_names_file_key_and_fix() {
    let unknown = load("max_inflight = 1", &[]).unwrap_err().to_string();
    assert!(unknown.contains("settings file") && unknown.contains("did you mean `max_in_flight`?"), "{unknown}");
    let far = load("colour = 1", &[]).unwrap_err().to_string();
    assert!(far.contains("`colour` is no setting") && far.contains("max_in_flight"), "what is possible: {far}");
    let wrong = load("retention = \"30\"", &[]).unwrap_err().to_string();
    assert!(wrong.contains("retention") && wrong.contains("2d"), "{wrong}");
    let bounds = load("max_in_flight = 1", &[]).unwrap_err().to_string();
    assert!(bounds.contains("max_in_flight") && bounds.contains("16"), "{bounds}");
    for setting in ["tenant_rate", "tenant_keys", "tenant_webhooks", "tenant_owed_deliveries", "key_rate"] {
        let bounds = load(&format!("{setting} = 0"), &[]).unwrap_err().to_string();
        assert!(bounds.contains(setting) && bounds.contains("from 1 to"), "{bounds}");
    }
    let postgres = load("database = \"postgres://x\"", &[]).unwrap_err().to_string();
    assert!(postgres.contains("sqlite"), "{postgres}");
}

#[test]
fn every_key_that_is_none_is_named_also_those_of_a_table() {
    let wrong = load("gracee = 1\n[metrics]\nlisen = 1", &[]).unwrap_err().to_string();
    for part in ["`gracee` is no setting; did you mean `grace`?", "`metrics.lisen`", "`metrics.listen`?"] {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
}

#[test]
fn a_table_that_is_none_is_named_with_what_was_meant() {
    for (table, part) in [
        ("metric", "`[metric]` is no table; did you mean `[metrics]`?"),
        ("helth", "did you mean `[health]`?"),
        ("egres", "`[egres]` is no table; did you mean `egress_allow` or `egress_deny`?"),
        ("egress", "did you mean `egress_allow` or `egress_deny`?"),
        ("colours", "`[colours]` is no table; these are: `[health]`, `[metrics]`"),
    ] {
        let wrong = load(&format!("[{table}]\nallow = 1"), &[]).unwrap_err().to_string();
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
}

#[test]
fn a_table_that_is_written_as_a_value_is_named_as_one() {
    let wrong = load("metrics = \"127.0.0.1:9420\"", &[]).unwrap_err().to_string();
    assert!(wrong.contains("write `[metrics]`"), "{wrong}");
}

#[test]
fn a_table_of_the_file_is_a_flag_with_its_name_before_it() {
    let address = |text: &str| Some(text.parse().unwrap());
    let file = "[metrics]\nlisten = \"127.0.0.1:9420\"";
    assert_eq!(load(file, &[]).unwrap().metrics_listen, address("127.0.0.1:9420"));
    let flags = ["--metrics-listen", "127.0.0.1:9421"];
    assert_eq!(load(file, &flags).unwrap().metrics_listen, address("127.0.0.1:9421"));
}

#[test]
fn the_example_file_is_complete_and_shows_the_defaults() {
    let shown = include_str!("../../docs/lanehook.toml").replace("\n# ", "\n");
    let table: toml::Table = shown.parse().unwrap();
    for key in super::file::known_keys() {
        let found = key.split('.').try_fold(None, |inside: Option<&toml::Value>, part| {
            inside.map_or_else(|| table.get(part), |value| value.get(part)).map(Some)
        });
        assert!(found.is_some(), "{key} is not in docs/lanehook.toml");
    }
    let without = "# these have no default\npublic_url = \"https://hooks.example.com\"\nextra_ca = \"/etc/lanehook/ca.pem\"\n[metrics]\nlisten = \"127.0.0.1:9420\"\n[health]\nlisten = \"127.0.0.1:9421\"\n[tls]\ncert = \"/etc/lanehook/cert.pem\"\nkey = \"/etc/lanehook/key.pem\"\n[notices]\nfailure_share = 50\noldest_due = \"10m\"\n[smtp]\nhost = \"mail.example.com\"\nuser = \"lanehook\"\nfrom = \"lanehook@example.com\"";
    let (shown, defaults) = (load(&shown, &[]).unwrap(), load(without, &[]).unwrap());
    assert_eq!(format!("{shown:?}"), format!("{defaults:?}"));
}

#[test]
fn where_to_listen_may_be_a_name_or_a_port_alone() {
    for (written, meant) in [
        ("127.0.0.1:8421", "127.0.0.1:8421"),
        ("[::1]:8421", "[::1]:8421"),
        ("localhost:8421", "127.0.0.1:8421"),
        (":8421", "0.0.0.0:8421"),
        ("8421", "127.0.0.1:8421"),
    ] {
        let meant: std::net::SocketAddr = meant.parse().unwrap();
        assert_eq!(load("", &["--listen", written]).unwrap().listen, meant, "{written}");
        assert_eq!(load(&format!("listen = \"{written}\""), &[]).unwrap().listen, meant, "{written}");
        let metrics = load(&format!("[metrics]\nlisten = \"{written}\""), &["--health-listen", written]).unwrap();
        assert_eq!((metrics.metrics_listen, metrics.health_listen), (Some(meant), Some(meant)));
    }
    assert_eq!(load("listen = 8421", &[]).unwrap().listen.port(), 8421);
    for wrong in ["localhost", "127.0.0.1", "http://127.0.0.1:8421", "a:b", "", ":", "70000"] {
        let error = listen_address(wrong).unwrap_err();
        assert!(error.contains(&format!("`{wrong}`")) && error.contains("127.0.0.1:8420"), "{error}");
    }
}

#[test]
fn a_threshold_of_notices_is_within_what_a_tenant_could_set() {
    let read = |file: &str| load(&format!("[notices]\n{file}"), &["--notices-quota-near", "70"]);
    let thresholds = read("failing_after = \"5m\"\nquota_near = 60").unwrap().thresholds;
    assert_eq!((thresholds.failing_after, thresholds.quota_near), (Span::seconds(300), 70));
    for (file, part) in [
        ("failing_after = \"2d\"", "from 0s to 1d is possible, not 2d"),
        ("failure_share = 0", "from 1 to 100"),
        ("oldest_due = \"1s\"", "from 1m to 7d"),
        ("key_expires = \"1s\"", "from 1h to 90d"),
    ] {
        let wrong = read(file).unwrap_err().to_string();
        assert!(wrong.contains("notices.") && wrong.contains(part), "{wrong}");
    }
}

#[test]
fn a_mail_server_is_given_whole_or_not_at_all() {
    let read = |file: &str| load(&format!("[smtp]\n{file}"), &[]);
    let with = |more: &str| format!("host = \"mail.example.com\"\nfrom = \"a@example.com\"\n{more}");
    assert!(load("", &[]).unwrap().smtp.is_none());
    let smtp = read(&with("to = [\"b@example.com\"]")).unwrap().smtp.unwrap();
    assert_eq!((smtp.port, smtp.tls, smtp.to.len(), smtp.tenants), (587, SmtpTls::Starttls, 1, false));
    assert_eq!(read(&with("tls = \"tls\"")).unwrap().smtp.unwrap().port, 465);
    for (file, part) in [
        ("from = \"a@example.com\"".to_owned(), "smtp.host"),
        ("host = \"mail.example.com\"".to_owned(), "smtp.from"),
        ("host = \"https://a/\"\nfrom = \"a@b\"".to_owned(), "a name like mail.example.com"),
        ("host = \"m:25\"\nfrom = \"a@b\"".to_owned(), "the port is `smtp.port`"),
        (with("timeout = \"1h\""), "from 1s to 5m"),
        (with("to = [\"a@b\\nBcc: c@d\"]"), "no address of a mailbox"),
    ] {
        let wrong = read(&file).unwrap_err().to_string();
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    let settings = SmtpSettings {
        host: Some("mail.example.com".into()),
        from: Some("a@example.com".parse().unwrap()),
        user: Some("u".into()),
        ..SmtpSettings::default()
    };
    let smtp = settings.smtp(Some(Hidden("secret of the mail server".into()))).unwrap();
    assert!(!format!("{smtp:?}").contains("secret of"), "{smtp:?}");
    let shown = Config { smtp, ..load("", &[]).unwrap() }.differences();
    assert!(!format!("{shown:?}").contains("secret of"), "{shown:?}");
    assert!(shown.iter().any(|one| one.name == "LANEHOOK_SMTP_PASSWORD" && one.value == "[redacted]"), "{shown:?}");
}

#[test]
fn a_switch_is_on_in_all_the_ways_in_which_people_write_it() {
    for (written, on) in [("1", true), ("yes", true), ("TRUE", true), ("on", true), ("0", false), ("false", false)] {
        assert_eq!(load("", &[&format!("--dev={written}")]).unwrap().dev, on, "{written}");
    }
    assert!(load("", &["--dev"]).unwrap().dev);
}

#[test]
fn a_length_of_time_without_a_unit_gets_the_cure() {
    let wrong = load("grace = 30", &[]).unwrap_err().to_string();
    assert!(wrong.contains("grace") && wrong.contains("\"30s\""), "{wrong}");
}

#[test]
fn where_the_api_is_reached_is_a_url_and_nothing_else() {
    let url = |text: &str| load(&format!("public_url = \"{text}\""), &[]);
    assert_eq!(
        url("https://hooks.example.com/api/").unwrap().public_url.unwrap().as_str(),
        "https://hooks.example.com/api"
    );
    for wrong in ["hooks.example.com", "ftp://hooks.example.com", "https://a.example/?x=1", "https://u@a.example/"] {
        let error = url(wrong).unwrap_err().to_string();
        assert!(error.contains("public_url") && error.contains(wrong), "{error}");
    }
}

#[test]
fn the_help_shows_the_defaults() {
    use clap::CommandFactory;
    let config = load("", &[]).unwrap();
    for (id, default) in [
        ("listen", config.listen.to_string()),
        ("max_connections", config.max_connections.to_string()),
        ("max_connections_per_client", config.max_connections_per_client.to_string()),
        ("data", config.data.display().to_string()),
        ("max_event_bytes", config.max_event_bytes.to_string()),
        ("max_buffered_bytes", config.max_buffered_bytes.to_string()),
        ("max_in_flight", config.max_in_flight.to_string()),
        ("min_free_disk", config.min_free_disk.to_string()),
        ("key_rate", config.key_rate.to_string()),
        ("tenant_rate", config.tenant_rate.to_string()),
        ("tenant_replay_rate", config.tenant_replay_rate.to_string()),
        ("retention", config.retention.to_string()),
        ("audit_retention", config.audit_retention.to_string()),
        ("session_idle", config.session_idle.to_string()),
        ("session_lifetime", config.session_lifetime.to_string()),
        ("grace", config.grace.to_string()),
        ("log", config.log.clone()),
        ("notices.failing_after", config.thresholds.failing_after.to_string()),
        ("notices.quota_near", config.thresholds.quota_near.to_string()),
        ("notices.key_expires", config.thresholds.key_expires.to_string()),
    ]
    .into_iter()
    .chain(QuotaKind::ALL.map(|kind| (kind.setting(), config.quotas.of(kind).to_string())))
    {
        let command = Cli::command();
        let help = command.get_arguments().find(|argument| argument.get_id() == id).unwrap().get_help().unwrap();
        assert!(help.to_string().contains(&format!("[default: {default}]")), "{id}: {help}");
    }
}

#[test]
fn what_is_not_at_its_default_is_shown_and_secrets_are_not() {
    let unchanged = load("", &[]).unwrap();
    let plain = Config { operator_key: None, master_key: None, ..unchanged };
    assert_eq!(plain.differences(), []);
    let file = "max_in_flight = 100\negress_allow = [\"10.0.0.0/8\", \"fd00::/8\"]\n[proxy]\nheader = \"forwarded\"";
    let changed = load(file, &["--log-format", "json", "--metrics-listen", "9090"]).unwrap();
    let secret = Hidden("a-secret-that-nobody-sees-0123456789".into());
    let changed = Config { operator_key: Some(secret), master_key: None, ..changed };
    let shown: Vec<(&str, String, String)> =
        changed.differences().into_iter().map(|one| (one.name, one.value, one.default)).collect();
    let expected = [
        ("proxy.header", "forwarded", "x-forwarded-for"),
        ("egress_allow", "10.0.0.0/8, fd00::/8", ""),
        ("max_in_flight", "100", "2048"),
        ("log_format", "json", "text"),
        ("metrics.listen", "127.0.0.1:9090", ""),
        ("LANEHOOK_OPERATOR_KEY", "[redacted]", ""),
    ];
    assert_eq!(shown, expected.map(|(name, value, default)| (name, value.to_owned(), default.to_owned())));
}
