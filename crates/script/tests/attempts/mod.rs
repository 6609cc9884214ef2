//! What an intruder would try who has taken over a worker's process: system calls, each with whether it got done.

use std::{ffi::CStr, io, ptr};

pub type Attempt = Box<dyn Fn() -> bool>;

/// All of them, in an order in which none keeps another from being tried.
pub fn attempts() -> Vec<(&'static str, Attempt)> {
    const HERE: usize = libc::AT_FDCWD as usize;
    const STREAM: usize = libc::SOCK_STREAM as usize;
    let parent = rustix::process::getppid().map_or(0, |id| id.as_raw_nonzero().get() as usize);
    let path = |text: &'static CStr| text.as_ptr() as usize;
    let code = (libc::PROT_READ | libc::PROT_EXEC) as usize;
    let unnamed = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize;
    vec![
        ("a file", call(libc::SYS_openat, [HERE, path(c"/etc/passwd"), 0, 0, 0, 0])),
        ("a file in memory", call(libc::SYS_memfd_create, [path(c"x"), 0, 0, 0, 0, 0])),
        ("a network socket", call(libc::SYS_socket, [libc::AF_INET as usize, STREAM, 0, 0, 0, 0])),
        ("a local socket", call(libc::SYS_socket, [libc::AF_UNIX as usize, STREAM, 0, 0, 0, 0])),
        ("a copy of a descriptor", call(libc::SYS_dup, [0; 6])),
        ("a signal to the parent", call(libc::SYS_kill, [parent, 0, 0, 0, 0, 0])),
        ("a handle of the parent", call(libc::SYS_pidfd_open, [parent, 0, 0, 0, 0, 0])),
        ("the parent's memory", Box::new(move || reads_memory_of(parent))),
        ("a trace of the parent", call(libc::SYS_ptrace, [0x4206, parent, 0, 0, 0, 0])),
        ("memory that is code", call(libc::SYS_mmap, [0, 4096, code, unnamed, usize::MAX, 0])),
        ("memory that becomes code", Box::new(makes_code)),
        ("a process", Box::new(|| forks(|| 0))),
        ("a program", Box::new(runs)),
        ("a thread", Box::new(|| std::thread::Builder::new().spawn(|| ()).is_ok())),
        ("namespaces", call(libc::SYS_unshare, [libc::CLONE_NEWUTS as usize, 0, 0, 0, 0, 0])),
        ("a look at limits", call(libc::SYS_prlimit64, [0, libc::RLIMIT_NOFILE as usize, 0, 0, 0, 0])),
        ("a ring of requests", Box::new(rings)),
    ]
}

/// A call that is done if it does not fail.
fn call(number: libc::c_long, [a, b, c, d, e, f]: [usize; 6]) -> Attempt {
    // SAFETY: the callers give what the call expects: numbers, and texts that live for ever.
    Box::new(move || unsafe { libc::syscall(number, a, b, c, d, e, f) } >= 0)
}

fn reads_memory_of(parent: usize) -> bool {
    let mut into = [0_u8; 8];
    let ours = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let theirs = libc::iovec { iov_base: ptr::without_provenance_mut(4096), iov_len: into.len() };
    // SAFETY: each list has one member, and ours is memory of ours.
    let read = unsafe { libc::process_vm_readv(parent as i32, &raw const ours, 1, &raw const theirs, 1, 0) };
    // Nothing is there; but who is told that could have read elsewhere.
    read >= 0 || io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT)
}

fn makes_code() -> bool {
    // SAFETY: a page of its own, which nobody else uses, becomes executable and is not run.
    unsafe {
        let page = libc::mmap(ptr::null_mut(), 4096, 3, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0);
        page != libc::MAP_FAILED && libc::mprotect(page, 4096, libc::PROT_READ | libc::PROT_EXEC) == 0
    }
}

/// Whether there can be a child that does this and ends with success.
fn forks(child: impl Fn() -> i32) -> bool {
    let mut status = 0;
    // SAFETY: this process has one thread; the child does what it is to and ends; the status is ours.
    unsafe {
        match libc::fork() {
            0 => libc::_exit(child()),
            id => id > 0 && libc::waitpid(id, &raw mut status, 0) == id && status == 0,
        }
    }
}

fn runs() -> bool {
    let run = || {
        let arguments = [c"/bin/true".as_ptr(), ptr::null()];
        // SAFETY: the arguments end with null. It returns only if it was refused.
        unsafe { libc::execv(arguments[0], arguments.as_ptr()) }
    };
    // Without a child the attacker itself would become the program, and not tell of any more attempts.
    forks(run) || run() != -1
}

fn rings() -> bool {
    let mut parameters = [0_u8; 120];
    // SAFETY: the parameters are as long as the kernel's.
    unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) >= 0 }
}
