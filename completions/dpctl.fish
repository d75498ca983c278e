# fish completion for dpctl: asks the program itself (cobra's __complete protocol).
function __dpctl_complete
    set -l words (commandline -opc)
    set -l answer ($words[1] __complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null)
    set -l directive (string replace ':' '' -- $answer[-1])
    set -l candidates $answer[1..-2]
    printf '%s\n' $candidates
    if test (count $candidates) -eq 0; and test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path (commandline -ct)
    end
end
complete -c dpctl -f -a '(__dpctl_complete)'
