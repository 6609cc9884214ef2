//! What this machine was short of when it should have sent something.

/// Why a request could not be made that has nothing to do with its receiver. It is no attempt: nothing is recorded of it,
/// nothing held against the webhook, and it is tried again after a moment.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct LocalFailure {
    /// What there was too little of.
    pub kind: LocalKind,
    /// A sentence for the operator; tenants do not read it.
    pub detail: String,
}

/// What this machine can be short of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LocalKind {
    /// Files that can be open at one time.
    Files,
    /// The kernel's memory.
    Memory,
    /// Local ports.
    Ports,
    /// Turns to look a name up.
    LookupTurn,
    /// Name servers that can be reached.
    NameServers,
    /// Processes that run scripts.
    ScriptWorker,
    /// Memory that is set aside for messages.
    MessageRoom,
}

impl LocalKind {
    /// All of them.
    pub const ALL: [LocalKind; 7] = [
        LocalKind::Files,
        LocalKind::Memory,
        LocalKind::Ports,
        LocalKind::LookupTurn,
        LocalKind::NameServers,
        LocalKind::ScriptWorker,
        LocalKind::MessageRoom,
    ];

    /// As metrics and logs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            LocalKind::Files => "files",
            LocalKind::Memory => "memory",
            LocalKind::Ports => "ports",
            LocalKind::LookupTurn => "lookup_turn",
            LocalKind::NameServers => "name_servers",
            LocalKind::ScriptWorker => "script_worker",
            LocalKind::MessageRoom => "message_room",
        }
    }
}
