# bash completion for dpctl: asks the program itself (cobra's __complete protocol).
_dpctl() {
  local line=${COMP_LINE:0:COMP_POINT} breaks= cut= answer directive candidate
  local -a words
  # COMP_WORDS is cut at '=' and ':'; the program is asked with the words as they were typed.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  answer=$("${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null) || return
  directive=${answer##*:}
  # Of a word, bash replaces only what stands after its last break.
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
  if [[ -n $breaks && ${words[-1]} == *[$breaks]* ]]; then cut=${words[-1]%"${words[-1]##*[$breaks]}"}; fi
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    [[ -n $candidate ]] && COMPREPLY+=("${candidate#"$cut"}")
  done <<<"${answer%:*}"
  ((directive & 2)) && compopt -o nospace
  if ((${#COMPREPLY[@]} == 0 && (directive & 4) == 0)); then
    compopt -o default
  fi
}
complete -F _dpctl dpctl
