#compdef dpctl
# zsh completion for dpctl: asks the program itself (cobra's __complete protocol).
_dpctl() {
  local out directive line
  local -a described
  out=$(dpctl __complete "${(@)words[2,CURRENT]}" 2>/dev/null) || return
  directive=${out##*:}
  out=${out%:*}
  while IFS=$'\t' read -r line text; do
    [[ -n $line ]] && described+=("${line//:/\\:}${text:+:$text}")
  done <<<"$out"
  if ((${#described})); then
    _describe 'dpctl' described
  elif (((directive & 4) == 0)); then
    _files
  fi
}
if [[ $funcstack[1] == _dpctl ]]; then _dpctl "$@"; else compdef _dpctl dpctl; fi
