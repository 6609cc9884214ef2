//! The environment: a variable that looks like a setting and is none is refused, since whoever wrote it relies on it.

use super::error::ConfigError;
use crate::model::nearest;

/// What all of our variables begin with.
const PREFIX: &str = "LANEHOOK_";
/// Variables that are no flags, since they are secret.
pub(super) const OPERATOR_KEY: &str = "LANEHOOK_OPERATOR_KEY";
pub(super) const MASTER_KEY: &str = "LANEHOOK_MASTER_KEY";
pub(super) const SMTP_PASSWORD: &str = "LANEHOOK_SMTP_PASSWORD";
/// Set in every container of Kubernetes.
const KUBERNETES: &str = "KUBERNETES_SERVICE_HOST";

/// Refuses variables of this process that no subcommand of this program reads.
///
/// # Errors
/// There is one; all are named, each with the one that was probably meant.
pub fn check_environment(program: &clap::Command) -> Result<(), ConfigError> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    check(names.collect(), &known(program), &other_names(program))
}

/// Variables that are called like another name of a flag, each with the one that is read.
fn other_names(program: &clap::Command) -> Vec<(String, String)> {
    let of_argument = |argument: &clap::Arg| {
        let variable = argument.get_env().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let aliases = argument.get_all_aliases().unwrap_or_default();
        let pair = |alias: &str| (format!("{PREFIX}{}", alias.to_uppercase().replace('-', "_")), variable.clone());
        aliases.into_iter().map(pair).collect::<Vec<_>>()
    };
    let own = program.get_arguments().filter(|argument| argument.get_env().is_some()).flat_map(of_argument);
    own.chain(program.get_subcommands().flat_map(other_names)).collect()
}

/// The variables that any subcommand reads.
fn known(program: &clap::Command) -> Vec<String> {
    let own = program.get_arguments().filter_map(|argument| argument.get_env()?.to_str().map(str::to_owned));
    let deeper = program.get_subcommands().flat_map(known);
    own.chain(deeper).chain([OPERATOR_KEY, MASTER_KEY, SMTP_PASSWORD].map(str::to_owned)).collect()
}

fn check(names: Vec<String>, known: &[String], others: &[(String, String)]) -> Result<(), ConfigError> {
    let in_kubernetes = names.iter().any(|name| name == KUBERNETES);
    let is_foreign = |name: &String| in_kubernetes && is_service_link(name);
    let unknown = names.iter().filter(|name| name.starts_with(PREFIX) && !known.contains(name) && !is_foreign(name));
    let mut sentences: Vec<String> = unknown
        .map(|name| match meant(name, known, others) {
            Some(nearest) => format!("`{name}` is no setting; did you mean `{nearest}`?"),
            None => format!("`{name}` is no setting; `lanehook serve --help` lists them"),
        })
        .collect();
    sentences.sort();
    match sentences.is_empty() {
        true => Ok(()),
        false => Err(ConfigError::Environment(sentences.join("; "))),
    }
}

/// The variable that was probably meant, by what follows the prefix: that all of them have it makes none of them more alike.
fn meant<'a>(name: &str, known: &'a [String], others: &'a [(String, String)]) -> Option<&'a String> {
    let rest = |name: &str| name.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
    let own = known.iter().map(|variable| (rest(variable), variable));
    let all: Vec<_> = own.chain(others.iter().map(|(other, variable)| (rest(other), variable))).collect();
    let nearest = nearest(&rest(name), all.iter().map(|(rest, _)| rest.as_str()))?;
    all.iter().find(|(rest, _)| rest == nearest).map(|(_, variable)| *variable)
}

/// Kubernetes tells every container of each service, and one may be called `lanehook`.
fn is_service_link(name: &str) -> bool {
    let marks = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT_"];
    name.ends_with("_PORT") || marks.iter().any(|mark| name.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(names: &[&str]) -> Option<String> {
        let known = ["LANEHOOK_LISTEN", "LANEHOOK_DATA", "LANEHOOK_METRICS_LISTEN"].map(str::to_owned);
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let others = [("LANEHOOK_PORT".to_owned(), "LANEHOOK_LISTEN".to_owned())];
        check(names, &known, &others).err().map(|error| error.to_string())
    }

    #[test]
    fn a_misspelt_variable_is_refused_with_the_nearest_one() {
        assert_eq!(said(&["LANEHOOK_LISTEN", "PATH", "LANEHOOKS", "MY_LANEHOOK_X"]), None);
        let said = said(&["LANEHOOK_LISEN", "LANEHOOK_DATTA"]).unwrap();
        for part in ["`LANEHOOK_LISEN` is no setting; did you mean `LANEHOOK_LISTEN`?", "`LANEHOOK_DATA`?"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn that_two_variables_have_our_prefix_makes_them_no_more_alike() {
        let told = said(&["LANEHOOK_XY"]).unwrap();
        assert!(told.contains("`lanehook serve --help` lists them"), "{told}");
        assert!(said(&["LANEHOOK_METRIC_LISTEN"]).unwrap().contains("did you mean `LANEHOOK_METRICS_LISTEN`?"));
    }

    #[test]
    fn another_name_of_a_flag_leads_to_its_variable() {
        let program = clap::Command::new("all")
            .subcommand(<crate::config::Settings as clap::Args>::augment_args(clap::Command::new("serve")));
        let others = other_names(&program);
        for name in ["LANEHOOK_PORT", "LANEHOOK_BIND"] {
            let meant = others.iter().find(|(other, _)| other == name).map(|(_, meant)| meant.as_str());
            assert_eq!(meant, Some("LANEHOOK_LISTEN"), "{name}");
        }
        for name in ["LANEHOOK_PORT", "LANEHOOK_PROT", "LANEHOOK_PORTS"] {
            assert!(said(&[name]).unwrap().contains("did you mean `LANEHOOK_LISTEN`?"), "{name}");
        }
    }

    #[test]
    fn what_kubernetes_says_of_a_service_with_this_name_is_no_setting() {
        let links =
            ["LANEHOOK_SERVICE_HOST", "LANEHOOK_SERVICE_PORT_API", "LANEHOOK_PORT", "LANEHOOK_PORT_8420_TCP_ADDR"];
        for link in links {
            assert_eq!(said(&[KUBERNETES, link]), None, "{link}");
            assert!(said(&[link]).is_some(), "{link} elsewhere");
        }
        assert!(said(&[KUBERNETES, "LANEHOOK_LISEN"]).is_some());
    }
}
