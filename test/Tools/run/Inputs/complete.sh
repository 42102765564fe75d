# Shows what the script $1 completes for some command lines.
set -u
source "$1"
cd "$(mktemp -d)" || exit 1
mkdir directory && touch some-file

# The last argument is the word at the cursor.
show() {
  COMP_WORDS=(dsv4-run "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _dsv4_run
  echo "${COMP_WORDS[*]} -> ${COMPREPLY[*]}" | sed -e 's/  */ /g' -e 's/ $//'
}

show ge
show chat --sys
show chat --think o
show m.dsv4 --top
show bench m.dsv4 --dev
show bench m.dsv4 --device ''
show verify --temp
show m.dsv4 --seed ''
show --weights direc
show --prompt-file some
