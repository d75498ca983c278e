#compdef dpctl
# zsh completion for dpctl: asks the program itself (cobra's __complete protocol).
_dpctl() {
  local answer directive candidate text
  local -a described ending
  answer=$("${(Q)words[1]/#\~/$HOME}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null) || return
  directive=${answer##*:}
  while IFS=$'\t' read -r candidate text; do
    [[ -n $candidate ]] && described+=("${candidate//:/\\:}${text:+:$text}")
  done <<<"${answer%:*}"
  ((directive & 2)) && ending=(-S '')
  if ((${#described})); then
    _describe -V 'dpctl' described "${ending[@]}"
  elif (((directive & 4) == 0)); then
    _files
  fi
}
if [[ $funcstack[1] == _dpctl ]]; then _dpctl "$@"; else compdef _dpctl dpctl; fi
