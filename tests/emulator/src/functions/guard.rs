//! Ensures that no process outlives the emulator, however the emulator ends.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::lock::lock;

/// The live process groups, which a shell also keeps track of.
///
/// The kernel's own mechanism (`PR_SET_PDEATHSIG`) must be requested between fork and exec, which no safe call can do. It also depends on
/// the thread that forked, which can end at any time in an async runtime. So a shell reads the groups from a pipe. The pipe closes when
/// the emulator ends, even with `kill -9`, and then the shell kills the groups.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Mutex<Child>,
    groups: Mutex<Groups>,
}

#[derive(Debug)]
struct Groups {
    alive: BTreeSet<i32>,
    /// The emulator's end of the shell's pipe; `None` once the emulator has stopped.
    pipe: Option<ChildStdin>,
}

/// The shell script. `$1` is the folder of the sockets, and `$2` is the folder of the control groups, or empty. The shell ignores the
/// signals that a terminal sends to all its processes, because the emulator handles them. A control group can be removed only after its
/// processes have ended, which takes a moment.
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
    /// Starts the shell, which removes these folders when it ends.
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

    /// Adds a new group. After [`Guard::stop`], a new group is killed immediately.
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

    /// Kills a group, which may already be empty. It is killed only once, because its number can be reused afterwards.
    pub(crate) fn kill(&self, group: Pid) {
        let mut groups = self.groups();
        if !groups.alive.remove(&group.as_raw_pid()) {
            return;
        }
        end(group);
        if let Some(pipe) = &mut groups.pipe {
            // If the shell has ended, dropping the guard does its work.
            let _ = writeln!(pipe, "- {}", group.as_raw_pid());
        }
    }

    /// Kills all groups, and every group that is added later.
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

/// Kills a process group. An error means that the group is already gone.
fn end(group: Pid) {
    let _ = kill_process_group(group, Signal::KILL);
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.stop();
        // The shell ends when its pipe closes, and its exit status does not matter.
        let _ = lock(&self.shell).wait();
    }
}
