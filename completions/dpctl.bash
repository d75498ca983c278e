# bash completion for dpctl: asks the program itself (cobra's __complete protocol).
_dpctl() {
  local word=${COMP_WORDS[COMP_CWORD]} out directive line
  COMPREPLY=()
  # '=' and ':' end words for bash; ask with the line cut at the cursor, as it was typed.
  local -a words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  out=$(dpctl __complete "${words[@]}" 2>/dev/null) || return
  directive=${out##*:}
  out=${out%:*}
  while IFS=$'\t' read -r line _; do
    [[ -n $line ]] && COMPREPLY+=("$line")
  done <<<"$out"
  if ((${#COMPREPLY[@]} == 0 && (directive & 4) == 0)); then
    compopt -o default 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -F _dpctl dpctl
