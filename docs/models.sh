#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# models.sh BUILD MACHINE: what the tuner's plans of the models in bench/models are worth on a machine, as a table, from
# what bench/wisdom knows already.
# models.sh BUILD MACHINE train [OPTION...] [MODEL...]: the models are deployed with the plans that are shipped and
# trained on the simulator and natively (./run bench models).
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
trainlib=$1/bin/trainlib
machine=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

usage() {
    cat <<END
Usage: ./run bench models [--machine NAME] [OPTION...] [MODEL...]

Deploys the MLPerf Tiny models (autoencoder, ds_cnn, resnet8, mobilenet; or those named) with the plans that are shipped,
and trains them on the simulated cluster and natively: all layers, the last block, the last layer. Both must end in the
same weights, to the bit, and the loss must fall.

      --samples N   samples (4)
      --epochs N    times through them (5)
      --rate X      learning rate (0.002)
      --data DIR    folder of Fashion-MNIST, for resnet8 and mobilenet
      --json        print the result as JSON
END
}

die() {
    printf 'models: %s\n' "$1" >&2
    exit "${2:-1}"
}

# plan_of MODEL: the plan that is shipped for it; on other machines the library's own.
plan_of() {
    plan=$root/bench/plans/$1.$machine.plan
    [ ! -f "$plan" ] || printf '%s' "$plan"
}

# quietly COMMAND...: what it prints on stdout goes to the log; a progress bar, or why it failed, may be seen.
quietly() {
    "$@" >>"$work/log" || die "this failed: $*"
}

# samples_of MODEL: sets $data, and $x, the options that name the samples.
samples_of() {
    data=made x="--made $samples"
    case $1 in
    resnet8) shape='--side 32 --channels 3' ;;
    mobilenet) shape='--side 96 --channels 3 --classes 2' ;;
    *) return 0 ;;
    esac
    # shellcheck disable=SC2086
    if "$trainlib" images $shape --count "$samples" --x "$work/x.npy" --y "$work/y.npy" ${folder:+--data "$folder"} \
        >>"$work/log" 2>"$work/why"; then
        data=images x="--x $work/x.npy --y $work/y.npy"
    else
        printf 'models: made-up samples for %s, as there are no images: %s\n' "$1" "$(cat "$work/why")" >&2
    fi
}

# number KEY FILE: of a line of JSON.
number() {
    sed -n "s/.*\"$1\": \([-+.e0-9]*\).*/\1/p" "$2"
}

# train MODEL LAYERS WHICH: a line of the result, fields parted by spaces.
train() {
    model=$1 which=$3 loss=cross_entropy
    [ "$model" != autoencoder ] || loss=mse
    plan=$(plan_of "$model")
    project=$work/$model
    rm -rf "$project"
    [ -f "$work/$model.onnx" ] || quietly "$trainlib" model "$model" --out "$work/$model.onnx"
    "$trainlib" estimate "$work/$model.onnx" --train "$2" --loss $loss --machine "$machine" ${plan:+--plan "$plan"} \
        >"$work/estimate" || die "$model cannot be estimated"
    quietly "$trainlib" deploy "$work/$model.onnx" --train "$2" --loss $loss --machine "$machine" \
        ${plan:+--plan "$plan"} --out "$project"
    printf '%s, %s: building, then training\n' "$model" "$which" >&2
    quietly make -s -j2 -C "$project" native cluster
    for on in native sim; do
        simulated=
        [ $on = native ] || simulated="--machine $machine"
        # shellcheck disable=SC2086
        "$trainlib" train "$project" $x --epochs "$epochs" --rate "$rate" --on $on $simulated --json --out "$work/$on" \
            >"$work/$on.json" || die "$model, $which: training failed"
    done
    cmp -s "$work/native" "$work/sim" || die "$model, $which: the simulated cluster ended in other weights than this machine" 3
    awk -v model="$model" -v which="$which" -v data="$data" -v cycles="$(number cycles_a_step "$work/sim.json")" \
        -v first="$(number first_loss "$work/sim.json")" -v last="$(number last_loss "$work/sim.json")" '
    { gsub(",", "") }
    / steps [0-9]+ MAC /  { macs = $4 }
    $1 == "L1" { l1 = $2 }
    $1 == "L2" { l2 = $2 }
    END {
        if (!(last < first)) {
            printf "models: %s, %s: the loss does not fall: %s -> %s\n", model, which, first, last >"/dev/stderr"
            exit 1
        }
        print model, which, data, macs, cycles, l1, l2, first, last
    }' "$work/estimate" >>"$work/rows"
}

train_all() {
    samples=4 epochs=5 rate=0.002 folder='' json='' models=
    while [ $# -gt 0 ]; do
        case $1 in
        --help | -h)
            usage
            return 0
            ;;
        --json) json=yes ;;
        --samples | --epochs | --rate | --data)
            [ $# -gt 1 ] || die "$1 wants a value" 2
            case $1 in
            --samples) samples=$2 ;;
            --epochs) epochs=$2 ;;
            --rate) rate=$2 ;;
            --data) folder=$2 ;;
            esac
            shift
            ;;
        autoencoder | ds_cnn | resnet8 | mobilenet) models="$models $1" ;;
        *) die "there is no option and no model \"$1\"; --help lists them" 2 ;;
        esac
        shift
    done
    for model in ${models:-autoencoder ds_cnn resnet8 mobilenet}; do
        # Of the autoencoder, the block is the decoder.
        case $model in
        autoencoder) block=5 ;;
        resnet8) block=4 ;;
        *) block=3 ;;
        esac
        samples_of "$model"
        train "$model" all all
        train "$model" last:$block block
        train "$model" last:1 layer
    done
    if [ -n "$json" ]; then
        awk -v machine="$machine" -v samples="$samples" -v epochs="$epochs" '
        BEGIN { printf "{\"machine\": \"%s\", \"samples\": %d, \"epochs\": %d, \"runs\": [", machine, samples, epochs }
        {
            printf "%s\n  {\"model\": \"%s\", \"trained\": \"%s\", \"data\": \"%s\", \"macs\": %s, \"cycles\": %s, ",
                (NR > 1) ? "," : "", $1, $2, $3, $4, $5
            printf "\"l1_bytes\": %s, \"l2_bytes\": %s, \"first_loss\": %s, \"last_loss\": %s, \"same_bits\": true}",
                $6, $7, $8, $9
        }
        END { print "\n]}" }' "$work/rows"
        return 0
    fi
    awk -v machine="$machine" -v samples="$samples" -v epochs="$epochs" '
    BEGIN {
        print "Whole training steps on " machine ", batch 1, SGD, plans as shipped; losses of the first and the last of " \
            epochs
        print "epochs of " samples " samples.\n"
        form = "  %-12s %-7s %-7s %11s %11s %8s %7s %9s %17s\n"
        printf form, "model", "trained", "data", "MAC", "cycles", "MAC/clk", "L1", "L2", "loss"
    }
    {
        if ($1 != before)
            print "  ------------------------------------------------------------------------------------------------"
        printf form, $1 == before ? "" : $1, $2, $3, $4, $5, sprintf("%.2f", $4 / $5), $6, $7,
            sprintf("%.4f -> %.4f", $8, $9)
        before = $1
    }
    END {
        print "\nTrained: all layers; the last block (of the autoencoder: the decoder); the last layer. Data: made-up samples"
        print "from a seed, or images of Fashion-MNIST, resized. L1: bytes for tiles. L2: bytes of data. The weights are"
        print "those of the same steps on this machine, to the bit."
    }' "$work/rows"
    against_torch
}

# The same models against torch in double precision: Debian's python has it, if anybody.
against_torch() {
    code=77
    if [ -x /usr/bin/python3 ]; then
        code=0
        # shellcheck disable=SC2086
        /usr/bin/python3 "$root/tests/torch/compare_torch.py" "$trainlib" models $models >"$work/torch" 2>&1 || code=$?
    fi
    case $code in
    0)
        printf '\nAll layers, one sample, 20 steps of SGD on this machine, and in torch in double precision:\n\n'
        sed 's/^/  /' "$work/torch"
        ;;
    77) printf '\nNot held against torch: it takes the packages python3-torch and python3-onnx.\n' ;;
    *)
        cat "$work/torch" >&2
        die "the models do not learn as in torch" 3
        ;;
    esac
}

if [ "${3:-}" = train ]; then
    shift 3
    train_all "$@"
    exit
fi

cp "$root/bench/wisdom/$machine.wisdom" "$work/wisdom"
echo '| model | cycles | MAC/clk | of the bound | default plans | best single plan | one-size-fits-all | its steps: mean, best |'
echo '|---|---|---|---|---|---|---|---|'
for model in autoencoder ds_cnn resnet8 mobilenet; do
    "$trainlib" tune "$root/bench/models/$model.layers" --machine "$machine" --wisdom "$work/wisdom" \
        -o "$work/plan" >"$work/tuned" 2>/dev/null
    "$trainlib" report "$work/plan" --quick --machine "$machine" >"$work/report" 2>/dev/null
    awk -v model="$model" '
    / cycles a step, / {
        for (i = 2; i <= NF; i++)
            if ($i == "cycles") cycles = $(i - 1)
    }
    /^whole step/ { rate = $4; bound = $5; fallback = $8; single = $9; one = $10 }
    /^one-size-fits-all/ { mean = $4; best = $5 }
    END {
        printf "| %s | %s | %s | %s %% | %s | %s | %s | %s, %s |\n", model, cycles, rate, bound, fallback, single, one, mean,
            best
    }' "$work/tuned" "$work/report"
done
