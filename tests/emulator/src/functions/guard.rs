//! Sees to it that no process outlives the emulator, however the emulator ends.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::lock::lock;

/// The process groups that are alive, and a shell that knows them, too.
///
/// The kernel's own way (`PR_SET_PDEATHSIG`) has to be asked for between fork and exec, which no safe call can do, and is
/// about the thread that forked, which in an async runtime may end at any time. So a shell reads from a pipe
/// which groups there are: the pipe ends with the emulator, also by kill -9, and then the shell ends them.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Mutex<Child>,
    groups: Mutex<Groups>,
}

#[derive(Debug)]
struct Groups {
    alive: BTreeSet<i32>,
    /// The shell's end of the pipe; none once the emulator stops.
    pipe: Option<ChildStdin>,
}

/// `$1` is the folder of the sockets and `$2` that of the control groups, or nothing. Signals that a terminal sends to all
/// are the emulator's to act on. A control group can be removed once its processes are gone, which takes a moment.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
groups=' '
while read -r sign group; do
    case $sign in
    +) groups="$groups$group " ;;
    -) groups="${groups%% $group *} ${groups#* $group }" ;;
    esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
rm -rf -- "$1"
[ -n "$2" ] || exit 0
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    rmdir "$2"/process-* "$2"
    [ -d "$2" ] || exit 0
    sleep 0.1
done
"#;

impl Guard {
    /// Starts the shell. At the end it removes these folders.
    pub(crate) fn start(sockets: &Path, control_groups: Option<&Path>) -> io::Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "emulator-guard"])
            .arg(sockets)
            .arg(control_groups.unwrap_or(Path::new("")))
            .env_clear()
            .env("PATH", super::environment::PATH)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = shell.stdin.take();
        Ok(Self { shell: Mutex::new(shell), groups: Mutex::new(Groups { alive: BTreeSet::new(), pipe }) })
    }

    /// Takes a new group under guard. One that comes after the end is killed at once.
    pub(crate) fn add(&self, group: Pid) -> io::Result<()> {
        let mut groups = self.groups();
        let told = match &mut groups.pipe {
            Some(pipe) => writeln!(pipe, "+ {}", group.as_raw_pid()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        match told {
            Ok(()) => {
                groups.alive.insert(group.as_raw_pid());
            }
            Err(_) => end(group),
        }
        told
    }

    /// Kills a group, in which there may be nobody any more. Only once: its number may be somebody else's afterwards.
    pub(crate) fn kill(&self, group: Pid) {
        let mut groups = self.groups();
        if !groups.alive.remove(&group.as_raw_pid()) {
            return;
        }
        end(group);
        if let Some(pipe) = &mut groups.pipe {
            // A shell that is gone guards nothing; what is left to do is done at the end without it.
            let _ = writeln!(pipe, "- {}", group.as_raw_pid());
        }
    }

    /// Kills all groups, and every one that is still to come.
    pub(crate) fn stop(&self) {
        let mut groups = self.groups();
        for group in std::mem::take(&mut groups.alive).into_iter().filter_map(Pid::from_raw) {
            end(group);
        }
        groups.pipe = None;
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.groups().pipe.is_none()
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        lock(&self.groups)
    }
}

/// An error says that the group is gone already.
fn end(group: Pid) {
    let _ = kill_process_group(group, Signal::KILL);
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.stop();
        // It ends with its pipe; that it has is all there is to know.
        let _ = lock(&self.shell).wait();
    }
}
