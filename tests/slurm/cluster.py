#!/usr/bin/python3
"""A throwaway SLURM of two nodes on this one machine: own munge key, configuration, free ports of the
loopback and spool in one folder; no cgroups, no systemd.

    cluster.py up DIR       starts it; then SLURM_CONF=DIR/slurm.conf
    cluster.py down DIR     ends every process that it or its jobs started
"""

import getpass
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

NODES = ("n1", "n2")
CPUS_PER_NODE = 2
REQUEUE_DELAY_S = 5  # SLURM starts a requeued job after AuthInfo's cred_expire; its default is 120 s
GRACE_S = 25         # what partition `low` grants a preempted job

CONF = """\
ClusterName=throwaway
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={dir}/run/munge.sock,cred_expire={delay}
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
MpiDefault=none
# Without a folder of its own for each node, the second slurmd finds the first one's PMIx folder.
TmpFS={dir}/tmp/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=60
KillWait=30
MinJobAge=600
InactiveLimit=0
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool/%n
SlurmctldPidFile={dir}/run/slurmctld.pid
SlurmdPidFile={dir}/run/slurmd.%n.pid
SlurmctldLogFile={dir}/log/slurmctld.log
SlurmdLogFile={dir}/log/slurmd.%n.log
"""


def free_ports(count):
    """Ports of the loopback that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(condition, seconds, what):
    """Polls until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def slurm(conf, *command, check=True):
    """Standard output of a SLURM client command."""
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True,
                          check=False, env=dict(os.environ, SLURM_CONF=str(conf)))
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def write_conf(folder):
    host = socket.gethostname().split(".")[0]
    ports = free_ports(1 + len(NODES))
    text = CONF.format(host=host, user=getpass.getuser(), dir=folder, ports=ports,
                       delay=REQUEUE_DELAY_S)
    for node, port in zip(NODES, ports[1:]):
        for kind in ("spool", "tmp"):
            (folder / kind / node).mkdir(parents=True)
        text += (f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} "
                 f"CPUs={CPUS_PER_NODE} CoresPerSocket={CPUS_PER_NODE} RealMemory=4000\n")
    nodes = ",".join(NODES)
    text += (f"PartitionName=low Nodes={nodes} Default=YES PriorityTier=1 GraceTime={GRACE_S} "
             "MaxTime=60\n"
             f"PartitionName=high Nodes={nodes} PriorityTier=10 MaxTime=60\n")
    (folder / "slurm.conf").write_text(text)


def up(folder):
    """Starts munged, slurmctld and a slurmd for each node; returns when all nodes are idle."""
    for kind in ("state", "log", "run"):
        (folder / kind).mkdir(parents=True)
    folder.chmod(0o755)  # munged refuses a socket that clients may not reach
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    write_conf(folder)
    conf = folder / "slurm.conf"
    # The daemons' environment names the folder: by that, down() finds them and what they started.
    env = dict(os.environ, SLURM_CONF=str(conf))

    def start(*command):
        subprocess.run([str(part) for part in command], env=env, check=True,
                       stdin=subprocess.DEVNULL)

    start("/usr/sbin/munged", "--force", f"--key-file={key}", f"--socket={folder}/run/munge.sock",
          f"--pid-file={folder}/run/munged.pid", f"--log-file={folder}/log/munged.log",
          f"--seed-file={folder}/run/munged.seed")
    start("/usr/sbin/slurmctld", "-f", conf)
    for node in NODES:
        start("/usr/sbin/slurmd", "-f", conf, "-N", node)
    wait_for(lambda: slurm(conf, "sinfo", "-h", "-p", "low", "-t", "idle", "-o", "%D",
                           check=False).strip() == str(len(NODES)), 20, "idle nodes")


def processes_of(folder):
    """Ids of the processes whose environment names the cluster's folder, without this one and its
    ancestors."""
    spared = set()
    pid = os.getpid()
    while pid > 1:
        spared.add(pid)
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        pid = int(stat.rpartition(")")[2].split()[1])
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"{folder}/".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # ended meanwhile, or another user's
    return [pid for pid in found if pid not in spared]


def down(folder):
    """Ends the jobs, the daemons and whatever they left, and waits until all are gone."""
    conf = folder / "slurm.conf"
    if conf.exists():
        slurm(conf, "scancel", "--user", getpass.getuser(), check=False)
    for sig, seconds in ((signal.SIGTERM, 3), (signal.SIGKILL, 5)):
        for pid in processes_of(folder):
            try:
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, sig)
            except ProcessLookupError:
                pass
        try:
            wait_for(lambda: not processes_of(folder), seconds, "end of all processes")
            return
        except TimeoutError:
            continue
    raise RuntimeError(f"still running: {processes_of(folder)}")


if __name__ == "__main__":
    {"up": up, "down": down}[sys.argv[1]](pathlib.Path(sys.argv[2]).absolute())
