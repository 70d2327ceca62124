# Completion of vzmigrate, vzmigrate-journal and pmigrate in bash. It needs bash alone.
# Not what --generate-completion-script writes: that knows no value behind an equals sign, as --nodeps=KEYWORD,... has to
# have, and nothing of pmigrate's words.
# shellcheck shell=bash

_vzmigrate_conf=/etc/vz/conf
_vzmigrate_options=(
    -s --nostart -r --remove-area --readonly --jobs
    --online --lazy --noiter --require-realtime --max-downtime --auto-converge --freeze-timeout
    -f --nodeps --dry-run --trial-dump --keep-dst --recover --assume --because
    --ssh --timeout --limit-speed -b --batch -q --quiet -v --verbose -h --help --version
)
_vzmigrate_keywords=(
    all cpu_check disk_space technologies license rate templates ip name bindmount scripts clock criu_version
)

# Words of the line as blanks part them, in words; the one that is being typed in cur. Bash's own words end at = : and @.
_vzmigrate_read() {
    local line=${COMP_LINE:0:COMP_POINT}
    read -ra words <<< "$line"
    cur=
    [[ $line == *[[:blank:]] ]] || { cur=${words[-1]} && unset 'words[-1]'; }
}

# _vzmigrate_reply KEPT CANDIDATE...: what may stand after KEPT, the beginning of cur, without what bash leaves alone.
_vzmigrate_reply() {
    local kept=$1 left=${cur%"${cur##*[=:@]}"} candidate
    shift
    for candidate; do
        candidate=$kept$candidate
        [[ $candidate != "$cur"* ]] || COMPREPLY+=("${candidate#"$left"}")
    done
}

_vzmigrate_containers() {
    local file found=()
    for file in "$_vzmigrate_conf"/*.conf; do
        [[ ! -e $file ]] || { file=${file##*/} && found+=("${file%.conf}"); }
    done
    _vzmigrate_reply "$1" "${found[@]}"
}

# Names of ~/.ssh/config, ~/.ssh/known_hosts (those that are not hashed) and /etc/hosts.
_vzmigrate_hosts() {
    local found
    mapfile -t found < <(
        {
            awk 'tolower($1) == "host" { for (i = 2; i <= NF; i++) if ($i !~ /[*?!]/) print $i }' ~/.ssh/config
            awk '$1 !~ /^[#|@]/ { n = split($1, names, ","); for (i = 1; i <= n; i++) print names[i] }' ~/.ssh/known_hosts
            compgen -A hostname
        } 2> /dev/null | grep -v '[][*:]' | sort -u)
    _vzmigrate_reply "$1" "${found[@]}"
}

# The value of the option in words[-1], or the one that is joined to cur. Fails where none is being typed.
_vzmigrate_value() {
    local option=${words[-1]} kept=
    [[ $cur != --*=* ]] || { option=${cur%%=*} && kept=$option=; }
    case $option in
        -r | --remove-area) _vzmigrate_reply "$kept" yes no ;;
        --assume) _vzmigrate_reply "$kept" committed aborted ;;
        --because | --freeze-timeout | --jobs | --limit-speed | --max-downtime | --timeout) ;;
        --ssh) [[ -n $kept ]] || return 1 ;;
        --nodeps)
            [[ -n $kept ]] || return 1
            [[ $cur != *,* ]] || kept=${cur%,*},
            _vzmigrate_reply "$kept" "${_vzmigrate_keywords[@]}" ;;
        *) return 1 ;;
    esac
}

# Whether a word before cur is one of a container list or a destination.
_vzmigrate_has_operand() {
    local word before=
    for word in "${words[@]:1}"; do
        case $before in
            -r | --remove-area | --assume | --because | --freeze-timeout | --jobs | --limit-speed | --max-downtime | \
                --timeout) ;;
            *) [[ $word == -* ]] || return 0 ;;
        esac
        before=$word
    done
    return 1
}

_vzmigrate() {
    local cur words
    COMPREPLY=()
    _vzmigrate_read
    ! _vzmigrate_value || return 0
    case $cur in
        -*) _vzmigrate_reply "" "${_vzmigrate_options[@]}" ;;
        *)
            if [[ " ${words[*]} " == *" --recover "* ]] || _vzmigrate_has_operand; then
                [[ $cur == *:* ]] || _vzmigrate_containers ""
            else
                local kept=${cur%"${cur##*@}"}
                _vzmigrate_hosts "$kept"
            fi ;;
    esac
}

_pmigrate() {
    local cur words
    COMPREPLY=()
    _vzmigrate_read
    case ${#words[@]} in
        1) _vzmigrate_reply "" c --help --version ;;
        3) _vzmigrate_reply "" c ;;
        2) _vzmigrate_containers "${cur%"${cur##*/}"}" ;;
        4) [[ $cur == */* ]] || _vzmigrate_hosts "${cur%"${cur##*@}"}" ;;
        *)
            ! _vzmigrate_value || return 0
            _vzmigrate_reply "" "${_vzmigrate_options[@]}" ;;
    esac
}

_vzmigrate_journal() {
    local cur words
    COMPREPLY=()
    _vzmigrate_read
    case ${words[-1]} in
        --db | --peer-db)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            compopt -o filenames 2> /dev/null
            return 0 ;;
        --anchor) return 0 ;;
    esac
    if [[ ${#words[@]} == 1 ]]; then
        _vzmigrate_reply "" list show kept verify help -h --help --version
        return 0
    fi
    case ${words[1]}:$cur in
        show:-*) _vzmigrate_reply "" --private --db -h --help ;;
        verify:-*) _vzmigrate_reply "" --anchor --peer-db --db -h --help ;;
        *:-*) _vzmigrate_reply "" --db -h --help ;;
        show:*) _vzmigrate_containers "" ;;
        help:*) _vzmigrate_reply "" list show kept verify ;;
    esac
}

complete -F _vzmigrate vzmigrate
complete -F _pmigrate pmigrate
complete -F _vzmigrate_journal vzmigrate-journal
