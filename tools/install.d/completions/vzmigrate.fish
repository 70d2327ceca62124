# Completion of vzmigrate, vzmigrate-journal and pmigrate in fish.

function __vzmigrate_containers
    for file in /etc/vz/conf/*.conf
        string replace -r '^.*/(.*)\.conf$' '$1' -- $file
    end
end

# How many words before the one that is being typed are no options and no values of options.
function __vzmigrate_operands
    set -l count 0
    set -l before ''
    set -l valued -r --remove-area --assume --because --freeze-timeout --jobs --limit-speed --max-downtime --timeout
    for word in (commandline -opc)[2..-1]
        if not contains -- $before $valued; and not string match -q -- '-*' $word
            set count (math $count + 1)
        end
        set before $word
    end
    echo $count
end

function __vzmigrate_recovers
    contains -- --recover (commandline -opc)
end

function __vzmigrate_wants_host
    not __vzmigrate_recovers; and test (__vzmigrate_operands) -eq 0
end

# The keywords of --nodeps, after those that stand there already.
function __vzmigrate_keywords
    set -l kept (string replace -rf '^--nodeps=(.*,)?[^,]*$' '$1' -- (commandline -ct))
    for word in all cpu_check disk_space technologies license rate templates ip name bindmount scripts clock criu_version
        echo $kept$word
    end
end

for command in vzmigrate pmigrate
    complete -c $command -f
    complete -c $command -s s -l nostart -d 'Do not start the container at the destination'
    complete -c $command -s r -l remove-area -x -a 'yes no' -d 'Remove area and configuration at the source'
    complete -c $command -l readonly -d 'Copy only'
    complete -c $command -l jobs -x -d 'Move several containers at once'
    complete -c $command -l online -d 'Move it running, with memory and connections'
    complete -c $command -l lazy -d 'Most of the memory follows'
    complete -c $command -l noiter -d 'No rounds'
    complete -c $command -l require-realtime -d 'Iterative, or fail'
    complete -c $command -l max-downtime -x -d 'Stand still so shortly (milliseconds)'
    complete -c $command -l auto-converge -d 'Take processor time from what writes too fast'
    complete -c $command -l freeze-timeout -x -d 'Let it go on here when frozen for so long (seconds)'
    complete -c $command -s f -d 'Pass over all checks that fail'
    complete -c $command -l nodeps -a '(__vzmigrate_keywords)' -d 'Pass over checks that fail'
    complete -c $command -l dry-run -d 'Check everything and change nothing'
    complete -c $command -l trial-dump -d 'Prove that it can be dumped'
    complete -c $command -l keep-dst -d 'Keep the synced area if the migration fails'
    complete -c $command -l ssh -x -d 'Options of ssh'
    complete -c $command -l timeout -x -d 'Give up on a silent destination (seconds)'
    complete -c $command -l limit-speed -x -d 'Send no faster (bytes per second)'
    complete -c $command -s b -l batch -d 'Write JSON lines'
    complete -c $command -s q -l quiet -d 'Say only what went wrong'
    complete -c $command -s v -l verbose -d 'Say more'
    complete -c $command -s h -l help -d 'Show the options'
    complete -c $command -l version -d 'Show the versions'
end

complete -c vzmigrate -l recover -d 'End what dead processes left unfinished here'
complete -c vzmigrate -l assume -x -a 'committed aborted' -d 'The other server is gone for good'
complete -c vzmigrate -l because -x -d 'Why, for the journal'
complete -c vzmigrate -n __vzmigrate_wants_host -a '(__fish_print_hostnames)'
complete -c vzmigrate -n 'not __vzmigrate_wants_host' -a '(__vzmigrate_containers)'

complete -c pmigrate -n 'contains (__vzmigrate_operands) 0 2' -a c
complete -c pmigrate -n 'test (__vzmigrate_operands) -eq 1' -a '(__vzmigrate_containers)'
complete -c pmigrate -n 'test (__vzmigrate_operands) -eq 3' -a '(__fish_print_hostnames)'

set -l verbs list show kept verify help
complete -c vzmigrate-journal -f
complete -c vzmigrate-journal -n "not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c vzmigrate-journal -n "not __fish_seen_subcommand_from $verbs" -l version -d 'Show the versions'
complete -c vzmigrate-journal -s h -l help -d 'Show the options'
complete -c vzmigrate-journal -n "__fish_seen_subcommand_from $verbs" -l db -r -F -d 'The database, or a copy'
complete -c vzmigrate-journal -n '__fish_seen_subcommand_from show' -l private -d 'Also addresses and paths'
complete -c vzmigrate-journal -n '__fish_seen_subcommand_from show' -a '(__vzmigrate_containers)'
complete -c vzmigrate-journal -n '__fish_seen_subcommand_from verify' -l anchor -x -d 'A head that syslog recorded'
complete -c vzmigrate-journal -n '__fish_seen_subcommand_from verify' -l peer-db -r -F -d "A peer's journal, or a copy"
