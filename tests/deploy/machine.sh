#!/bin/bash
# A small machine with this one's programs: systemd as its first process, changes in memory only, no network.
# Usage: machine.sh FOLDER (empty) PREPARE (a program that is given the new root before systemd starts).
set -euo pipefail
box=$1 prepare=$2
if [ "${3:-}" != inside ]; then
  mkdir "$box/cgroup"
  mount -t cgroup2 none "$box/cgroup"
  mkdir "$box/cgroup/wasl-trial-$$"
  echo $$ >"$box/cgroup/wasl-trial-$$/cgroup.procs"
  exec unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child "$0" "$box" "$prepare" inside
fi
mount --make-rprivate /
mkdir "$box/memory" "$box/root"
mount -t tmpfs -o size=512m,mode=755 tmpfs "$box/memory"
mkdir "$box/memory/upper" "$box/memory/work"
mount -t overlay -o "lowerdir=/,upperdir=$box/memory/upper,workdir=$box/memory/work" overlay "$box/root"
cd "$box/root"
mount -t proc proc proc
mount --bind -o ro proc/sys proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 none sys/fs/cgroup
for folder in run tmp var/tmp; do mount -t tmpfs -o mode=755 tmpfs $folder; done
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do touch dev/$device && mount --bind /dev/$device dev/$device; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /dev/null dev/console
"$prepare" "$PWD"
# Not chroot: inside one nobody may make user namespaces.
mkdir outside
pivot_root . outside
umount -l outside
exec env -i container=docker PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=wasl-trial.target --log-target=journal --show-status=0
