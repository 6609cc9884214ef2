//! The barriers, as Linux makes them.

use std::{fs, io};

use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetStatus, Scope};
use rustix::{
    io::Errno,
    process::{Gid, Resource, Rlimit, Uid, geteuid, setrlimit},
    thread::{CapabilitySet, CapabilitySets, UnshareFlags},
};
use seccompiler::{SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

use super::barrier::Barrier;

/// Who has nothing, on every Linux.
const NOBODY: u32 = 65534;
/// By how many bytes a worker's address space may grow: an engine at its limit, its input and its output, a few times over.
const ROOM: u64 = 512 << 20;
/// Seconds of the processor in a worker's whole life. [`serve`](crate::serve) ends long before.
const LIFE_SECONDS: u64 = 60;

/// Puts each barrier up, the ones that need most privileges first.
pub(super) fn put_up() -> [(Barrier, io::Result<()>); 6] {
    // While files can still be read.
    let mapped = mapped_bytes();
    [
        (Barrier::Descriptors, close_inherited()),
        (Barrier::Namespaces, leave_namespaces()),
        (Barrier::Privileges, drop_privileges()),
        (Barrier::Files, forbid_files()),
        (Barrier::Limits, mapped.and_then(limit)),
        // Last, for it forbids all of the others.
        (Barrier::SystemCalls, filter_calls()),
    ]
}

/// Closes everything but the standard streams: whoever started us may have let something be inherited.
fn close_inherited() -> io::Result<()> {
    // SAFETY: nothing in this process uses a descriptor beyond the standard streams yet, as `confine` demands.
    match unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Enters namespaces of its own and, if it was the superuser, becomes nobody.
///
/// None for process ids: that would take a second process for each worker, and every call that takes such an id is refused
/// anyway.
fn leave_namespaces() -> io::Result<()> {
    let others = UnshareFlags::NEWNET | UnshareFlags::NEWNS | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    // The superuser may do this wherever containers are not kept from it; others need a user namespace to be allowed to.
    let left = unshare(others);
    let became = if geteuid().is_root() { become_nobody() } else { Ok(()) };
    let user = unshare(if left.is_ok() { UnshareFlags::NEWUSER } else { UnshareFlags::NEWUSER | others });
    Ok(became.and(user)?)
}

fn unshare(which: UnshareFlags) -> Result<(), Errno> {
    // SAFETY: unsafe only for the table of descriptors, which is not among those asked for.
    unsafe { rustix::thread::unshare_unsafe(which) }
}

fn become_nobody() -> Result<(), Errno> {
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(group, group, group)?;
    rustix::thread::set_thread_res_uid(user, user, user)
}

/// Gives up all capabilities, also those of its new user namespace, and the ways to any.
fn drop_privileges() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    for number in 0..64 {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        // Refused beyond the last one there is, and to those who have none: nothing is lost, as no program can add any.
        if rustix::thread::remove_capability_from_bounding_set(capability).is_err() {
            break;
        }
    }
    // Older kernels have no ambient set.
    let _ = rustix::thread::clear_ambient_capability_set();
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    Ok(rustix::thread::set_capabilities(None, sets)?)
}

/// Rules that allow nothing: no file, no TCP, no signal and no abstract socket outside.
fn forbid_files() -> io::Result<()> {
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V6))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V6)))
        .and_then(|rules| rules.scope(Scope::from_all(ABI::V6)))
        .and_then(|rules| rules.create()?.restrict_self());
    match rules.map_err(io::Error::other)?.ruleset {
        RulesetStatus::FullyEnforced => Ok(()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::NotEnforced => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// `mapped`: bytes of this process's address space so far.
fn limit(mapped: u64) -> io::Result<()> {
    let limits = [
        (Resource::As, mapped.saturating_add(ROOM)),
        (Resource::Cpu, LIFE_SECONDS),
        (Resource::Nofile, 0),
        (Resource::Nproc, 0),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Memlock, 0),
    ];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// Bytes of this process's address space.
fn mapped_bytes() -> io::Result<u64> {
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: Option<u64> = statm.split(' ').next().and_then(|pages| pages.parse().ok());
    let pages = pages.ok_or(io::ErrorKind::InvalidData)?;
    Ok(pages * rustix::param::page_size() as u64)
}

/// What a run needs: memory that is not code, the clocks, what is open, a timer for its time, and an end.
///
/// Everything else is refused with EPERM and does not end the process: it is as safe, and a C library or an allocator that
/// asks for something new (they have ways around a refusal) does not end every script.
fn filter_calls() -> io::Result<()> {
    let free = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_futex,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_brk,
        libc::SYS_madvise,
        libc::SYS_clock_gettime,
        libc::SYS_setitimer,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let filter = || {
        let executable = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
        // The third argument of both.
        let no_code = SeccompRule::new(vec![SeccompCondition::new(2, SeccompCmpArgLen::Dword, executable, 0)?])?;
        let rules = free.map(|call| (call, vec![]));
        let memory = [libc::SYS_mmap, libc::SYS_mprotect].map(|call| (call, vec![no_code.clone()]));
        let refused = SeccompAction::Errno(libc::EPERM as u32);
        let rules = rules.into_iter().chain(memory).collect();
        SeccompFilter::new(rules, refused, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?.try_into()
    };
    let filter: Result<seccompiler::BpfProgram, seccompiler::BackendError> = filter();
    seccompiler::apply_filter(&filter.map_err(io::Error::other)?).map_err(io::Error::other)
}
