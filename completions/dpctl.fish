# fish completion for dpctl: asks the program itself (cobra's __complete protocol).
function __dpctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l out (dpctl __complete $words[2..-1] 2>/dev/null)
    set -l directive (string replace ':' '' -- $out[-1])
    for line in $out[1..-2]
        echo $line
    end
    if test (count $out) -le 1; and test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path (commandline -ct)
    end
end
complete -c dpctl -f -a '(__dpctl_complete)'
