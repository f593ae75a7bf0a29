//! Limits the memory of processes: with a control group if possible, otherwise by polling.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::lock::lock;

/// The way in which this machine limits memory.
#[derive(Debug)]
pub(crate) struct Memory {
    kind: Kind,
    /// Groups that could not be removed because their processes had not ended yet.
    leftovers: Mutex<Vec<PathBuf>>,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Path of the emulator's folder in the memory hierarchy.
    Version1(PathBuf),
    /// Path of the emulator's folder in the unified hierarchy.
    Version2(PathBuf),
    Watched,
}

/// The memory limit of one process. Dropping it ends the limit.
#[derive(Debug)]
pub(crate) struct Limit {
    memory: Arc<Memory>,
    group: Option<PathBuf>,
    exceeded: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

/// How often memory is polled if the kernel does not limit it. In that time, a process can fill about ten megabytes.
const WATCH: Duration = Duration::from_millis(10);

impl Memory {
    /// Detects what the machine offers: control groups of version 1, of version 2, or neither.
    pub(crate) fn new() -> Arc<Self> {
        let kind = version_1().or_else(version_2).unwrap_or(Kind::Watched);
        Arc::new(Self { kind, leftovers: Mutex::default() })
    }

    /// Describes for people how the limit is enforced.
    pub(crate) fn description(&self) -> &'static str {
        match self.kind {
            Kind::Version1(_) => "hard: a control group (version 1) for each process",
            Kind::Version2(_) => "hard: a control group (version 2) for each process",
            Kind::Watched => {
                "watched: control groups cannot be created here, so a process over its memory limit is killed when a check finds it"
            }
        }
    }

    /// Returns the folder of all control groups, if there is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Version1(folder) | Kind::Version2(folder) => Some(folder),
            Kind::Watched => None,
        }
    }

    /// Limits the memory of a process that has just started to this many megabytes.
    pub(crate) fn limit(self: &Arc<Self>, process: Pid, megabytes: u64) -> io::Result<Limit> {
        self.sweep();
        let bytes = megabytes << 20;
        let limit = Limit {
            memory: Arc::clone(self),
            group: self.folder().map(|folder| folder.join(format!("process-{}", process.as_raw_pid()))),
            exceeded: Arc::default(),
            over: Arc::default(),
        };
        match (&self.kind, &limit.group) {
            (Kind::Version1(_), Some(group)) => {
                create(group)?;
                fs::write(group.join("memory.limit_in_bytes"), bytes.to_string())?;
                // This file exists only if the kernel accounts for swap. The agent allows no swap.
                let _ = fs::write(group.join("memory.memsw.limit_in_bytes"), bytes.to_string());
                fs::write(group.join("cgroup.procs"), process.as_raw_pid().to_string())?;
            }
            (Kind::Version2(_), Some(group)) => {
                create(group)?;
                fs::write(group.join("memory.max"), bytes.to_string())?;
                let _ = fs::write(group.join("memory.swap.max"), "0");
                fs::write(group.join("cgroup.procs"), process.as_raw_pid().to_string())?;
            }
            _ => {
                let (exceeded, over) = (Arc::clone(&limit.exceeded), Arc::clone(&limit.over));
                tokio::spawn(watch(process, bytes, exceeded, over));
            }
        }
        Ok(limit)
    }

    /// Removes groups whose processes have ended in the meantime.
    fn sweep(&self) {
        let mut leftovers = lock(&self.leftovers);
        leftovers.retain(|group| fs::remove_dir(group).is_err() && group.exists());
    }
}

impl Limit {
    /// Returns whether the process was killed because it exceeded its memory.
    pub(crate) fn exceeded(&self) -> bool {
        let Some(group) = &self.group else { return self.exceeded.load(Ordering::Relaxed) };
        ["memory.oom_control", "memory.events"].iter().any(|name| {
            let text = fs::read_to_string(group.join(name)).unwrap_or_default();
            text.lines().any(|line| line.strip_prefix("oom_kill ").is_some_and(|count| count.trim() != "0"))
        })
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(group) = self.group.take()
            && fs::remove_dir(&group).is_err()
        {
            lock(&self.memory.leftovers).push(group);
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.sweep();
        if let Some(folder) = self.folder() {
            // The guard removes what is still in use.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Polls the resident set size, and kills the process group once it is too large.
async fn watch(process: Pid, bytes: u64, exceeded: Arc<AtomicBool>, over: Arc<AtomicBool>) {
    let path = format!("/proc/{}/statm", process.as_raw_pid());
    let page = rustix::param::page_size() as u64;
    while !over.load(Ordering::Relaxed) {
        let Ok(text) = fs::read_to_string(&path) else { return };
        let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
        if pages * page > bytes {
            exceeded.store(true, Ordering::Relaxed);
            let _ = kill_process_group(process, Signal::KILL);
            return;
        }
        tokio::time::sleep(WATCH).await;
    }
}

fn version_1() -> Option<Kind> {
    let own = own_group(|controllers| controllers.split(',').any(|name| name == "memory"))?;
    let mount = mount("cgroup", |options| options.split(',').any(|name| name == "memory"))?;
    let folder = our_folder(&mount, &own)?;
    if fs::write(folder.join("memory.limit_in_bytes"), "-1").is_ok() {
        return Some(Kind::Version1(folder));
    }
    let _ = fs::remove_dir(folder);
    None
}

fn version_2() -> Option<Kind> {
    let own = own_group(str::is_empty)?;
    let mount = mount("cgroup2", |_| true)?;
    let folder = our_folder(&mount, &own)?;
    // This fails if the emulator's own group contains processes and is not the root group. In that case, nothing below it can be limited.
    if let Some(above) = folder.parent() {
        let _ = fs::write(above.join("cgroup.subtree_control"), "+memory");
    }
    let _ = fs::write(folder.join("cgroup.subtree_control"), "+memory");
    let trial = folder.join("trial");
    let works = create(&trial).and_then(|()| fs::write(trial.join("memory.max"), "max")).is_ok();
    let _ = fs::remove_dir(trial);
    if works {
        return Some(Kind::Version2(folder));
    }
    let _ = fs::remove_dir(folder);
    None
}

/// Returns the path of the emulator's own control group in the hierarchy that `controllers` selects.
fn own_group(controllers: impl Fn(&str) -> bool) -> Option<String> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let line = text.lines().find(|line| line.split(':').nth(1).is_some_and(&controllers))?;
    Some(line.splitn(3, ':').nth(2)?.to_owned())
}

/// Returns the path where a hierarchy is mounted.
fn mount(kind: &str, options: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/mounts").ok()?;
    let mut mounts = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let fits =
        |fields: &Vec<&str>| fields.get(2) == Some(&kind) && fields.get(3).is_some_and(|all| options(all));
    mounts.find(fits)?.get(1).map(PathBuf::from)
}

/// Creates a folder for this emulator's groups, below its own group. In a container, that path may be hidden; then it is below the mount.
fn our_folder(mount: &Path, own: &str) -> Option<PathBuf> {
    let above = mount.join(own.trim_start_matches('/'));
    let above = if above.is_dir() { above } else { mount.to_owned() };
    let folder = above.join(format!("emulator-{}-{}", std::process::id(), fastrand::u32(..)));
    create(&folder).ok()?;
    Some(folder)
}

fn create(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;
    use std::sync::{Arc, Mutex};

    use rustix::process::Pid;

    use super::{Kind, Memory};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_process_over_its_memory_is_killed_where_there_is_no_control_group() {
        let memory = Arc::new(Memory { kind: Kind::Watched, leftovers: Mutex::default() });
        // The process keeps everything it allocates, so it grows until something stops it.
        let command = "import time\nheld = []\nfor _ in range(4000):\n    held.append(bytearray(b'x' * 1000000))\n    time.sleep(0.001)";
        let mut hog = Command::new("python3").args(["-c", command]).process_group(0).spawn().unwrap();
        let limit = memory.limit(Pid::from_child(&hog), 64).unwrap();
        let status = tokio::task::spawn_blocking(move || hog.wait()).await.unwrap().unwrap();
        assert_eq!((status.signal(), limit.exceeded()), (Some(9), true));
    }
}
