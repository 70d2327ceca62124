# shellcheck shell=bash disable=SC2034  # the names are used by who reads this file
# Names, places and addresses of the lab: read by tools/lab and by every script in tools/lab.d.
#
#   VZLAB      where all state lives (default /var/tmp/vzlab); must be a real file system, not overlay or tmpfs
#   VZLAB_ID   prefix of namespaces and cgroups (default vzlab); another one is another lab beside the first
#   VZLAB_NET  first two numbers of the addresses (default 10.77); a second lab needs its own

VZLAB=${VZLAB:-/var/tmp/vzlab}
VZLAB_ID=${VZLAB_ID:-vzlab}
VZLAB_NET=${VZLAB_NET:-10.77}
export VZLAB VZLAB_ID VZLAB_NET PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

parts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)   # this folder
repository=${parts%/tools/lab.d}
suite=forky                                            # the Debian whose runc and CRIU work together on new kernels
base=$VZLAB/base-$suite-2                              # its userland: made once, never written to; the number goes up
                                                       # with every change of its packages (base)
built=$VZLAB/bin                                       # the lab's own programs, compiled
lab=$VZLAB/labs/$VZLAB_ID                              # this lab: its nodes' disks, keys and pids
cgroups=/sys/fs/cgroup
clean_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
nodes=(node1 node2)
client6=fd00:77::9                                     # the client's; the same in every lab, as each has its own wire

# say SENTENCE: one step done
say() { printf '%s\n' "$*"; }

# fail SENTENCE: what is wrong and what to do about it; ends with status 1
fail() { printf 'tools/lab: %s\n' "$*" >&2; exit 1; }

# address NAME: the address of node1, node2 or client
address() {
    case $1 in
        node1) echo "$VZLAB_NET.0.1" ;;
        node2) echo "$VZLAB_NET.0.2" ;;
        client) echo "$VZLAB_NET.0.9" ;;
        *) fail "there is no \"$1\" here: say node1, node2 or client" ;;
    esac
}

# mac ADDRESS: the MAC address of a container that has this IPv4 address; the same wherever it runs
mac() {
    local numbers
    IFS=. read -ra numbers <<< "$1"
    printf '02:00:%02x:%02x:%02x:%02x' "${numbers[@]}"
}

# namespace NAME: the network namespace of a node or of the client, as `ip netns` knows it on the host
namespace() { echo "$VZLAB_ID-$1"; }

# cgroup_directories NODE: the node's own cgroup in every mounted hierarchy (v2 alone, v1, or both), a line each
cgroup_directories() {
    local hierarchy
    if [ -e "$cgroups/cgroup.controllers" ]; then
        echo "$cgroups/$(namespace "$1")"
    else
        for hierarchy in "$cgroups"/*/; do
            [ -e "${hierarchy}cgroup.procs" ] && [ ! -L "${hierarchy%/}" ] && echo "$hierarchy$(namespace "$1")"
        done
    fi
    return 0
}

# init_of NODE: the node's pid 1 as the host numbers it; fails if the node does not run
init_of() {
    local pid
    { read -r pid < "$lab/$1/init"; } 2>/dev/null || return 1
    grep -q "/$(namespace "$1")\(/\|\$\)" "/proc/$pid/cgroup" 2>/dev/null || return 1
    ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null || return 1
    echo "$pid"
}

# remove_tree DIRECTORY: also what a container has made immutable
remove_tree() { rm -rf "$1" 2>/dev/null || { chattr -R -f -ia "$1" || :; rm -rf "$1"; }; }

# shared: the directory, /vz or one below it, that all nodes have from one place, $lab/shared; nothing if there is none
shared() { cat "$lab/share" 2>/dev/null || :; }

# disk PATH NODE: where the host finds PATH of a node's own disk (/vz, /var/lib/vzmigrate), also when the node is down
disk() {
    local share
    share=$(shared)
    case $1 in
        "${share:-nowhere}" | "${share:-nowhere}"/*) echo "$lab/shared${1#"$share"}" ;;
        /vz | /vz/*) echo "$lab/$2/vz${1#/vz}" ;;
        /var/lib/vzmigrate | /var/lib/vzmigrate/*) echo "$lab/$2/state${1#/var/lib/vzmigrate}" ;;
        *) return 1 ;;
    esac
}
