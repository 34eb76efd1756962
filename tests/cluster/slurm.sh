#!/usr/bin/env bash
# A real Slurm on one host for the tests: virtual nodes, no systemd, no cgroups. Needs root with CAP_SYS_ADMIN and the
# programs slurmctld, slurmd, sbatch and munged (Debian: slurmctld slurmd slurm-client munge).
#   slurm.sh up | down | kill N | start N | pause N | resume N | stop-controller | start-controller
# SLURM_TEST_DIR holds all state. Each node lives in a PID namespace: killing its first process ends all that runs on it.
set -euo pipefail
dir=${SLURM_TEST_DIR:?}
nodes=${SLURM_TEST_NODES:-4}
port=${SLURM_TEST_PORT:-17500}
host=$(hostname -s)
export SLURM_CONF=$dir/slurm.conf

controller() {
  slurmctld -D -f "$SLURM_CONF" -L "$dir/log/controller.log" </dev/null >>"$dir/log/controller.out" 2>&1 &
  echo $! >"$dir/pid/controller"
}

node() {
  mkdir -p "$dir/spool/n$1"
  setsid unshare --pid --fork --kill-child --mount-proc slurmd -D -N "n$1" -f "$SLURM_CONF" -L "$dir/log/n$1.log" \
    </dev/null >>"$dir/log/n$1.out" 2>&1 &
  echo $! >"$dir/pid/n$1"
}

finish() { # SIGNAL NAME: signal, wait up to 5 s, then kill
  local file=$dir/pid/$2 pid
  [ -s "$file" ] || return 0
  pid=$(cat "$file")
  kill "-$1" "$pid" 2>/dev/null || true
  for _ in $(seq 50); do
    case $(ps -o stat= -p "$pid" 2>/dev/null) in '' | Z*) break ;; esac
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  rm -f "$file"
}

configure() {
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge-run/socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmctldPidFile=$dir/state/controller.pid
SlurmdSpoolDir=$dir/spool/%n
SlurmdPidFile=$dir/spool/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=6
KillWait=5
MinJobAge=3600
SchedulerParameters=sched_interval=2,batch_sched_delay=0,bf_interval=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/none
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1))-$((port + nodes)) CPUs=1 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=60 State=UP PriorityTier=1 GraceTime=2
PartitionName=urgent Nodes=ALL MaxTime=60 State=UP PriorityTier=10 PreemptMode=OFF
CONF
}

up() {
  mkdir -p "$dir"/{pid,log,spool,state,munge-run}
  chmod 755 "$dir" "$dir/munge-run"
  install -d -m 700 "$dir/munge"
  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge/key")
  munged --force --foreground --key-file="$dir/munge/key" --socket="$dir/munge-run/socket" --pid-file="$dir/munge/pid" \
    --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" </dev/null >"$dir/log/munged.out" 2>&1 &
  echo $! >"$dir/pid/munged"
  configure
  controller
  for i in $(seq "$nodes"); do node "$i"; done
  for _ in $(seq 300); do
    if [ "$(sinfo -h -N -p main -t idle -o %N 2>/dev/null | sort -u | wc -l)" = "$nodes" ]; then return; fi
    sleep 0.1
  done
  tail -n 5 "$dir"/log/* >&2
  return 1
}

case ${1:-} in
  up) up ;;
  down)
    for i in $(seq "$nodes"); do finish KILL "n$i"; done
    finish TERM controller
    finish TERM munged
    ;;
  kill) finish KILL "n$2" ;;
  start) node "$2" ;;
  pause) kill -STOP "$(pgrep -P "$(cat "$dir/pid/n$2")" -x slurmd)" ;;
  resume) kill -CONT "$(pgrep -P "$(cat "$dir/pid/n$2")" -x slurmd)" ;;
  stop-controller) finish KILL controller ;;
  start-controller) controller ;;
  *)
    sed -n 2,6p "$0" >&2
    exit 2
    ;;
esac
