# bash completion for lunette; made by ./dev docs from repl/options.c and doc/command_line.lua
_lunette() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    case $before in
        -e) :; return ;;
        -l) :; return ;;
        -n) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --seed) :; return ;;
        --threads) :; return ;;
        --device) COMPREPLY=($(compgen -W 'cpu cuda cuda:0 cuda:1' -- "$word")); return ;;
        --dbg) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --run) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --check) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --watch) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --export) COMPREPLY=($(compgen -f -- "$word")); return ;;
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W '-e -l -i -n -v -W -E --seed --threads --device --dbg --pm --dbg-json --dap --run --check --record --watch --export --plain --batch --no-config --help' -- "$word"))
    else
        COMPREPLY=($(compgen -W 'learn explain check-shapes doctor' -- "$word") $(compgen -f -X '!*.lua' -- "$word") $(compgen -d -- "$word"))
    fi
}
complete -o filenames -F _lunette lunette
