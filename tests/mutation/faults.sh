# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The faults that mutate.sh plants, one by one.
#
#   fault NAME FILE EDIT TEST ARGUMENT...
#
# EDIT is a sed command that changes one line of FILE; TEST, a program of the build's bin/, must then fail. PROBE among
# the arguments is the probe's program for the cluster; without it the test is native.

# Matmul layers.
fault "the bias is missing" src/tile/mm_work.c \
    's/} else if (w->bias \&\& slice == 0) {/} else if (w->bias \&\& slice != 0) {/' test_conv native named_corners
fault "the wrong stride across the image" src/op/conv_tiles.c \
    's/\.a_m = F \* conv->stride_w \* x_c,/.a_m = F * conv->stride_h * x_c,/' test_conv native random_forward
fault "the halo on the left is lost" src/tile/box.c \
    's/tl_do_zero(team, rows, pitch, left \* pixel, side);/(void)pitch;/' test_conv native named_corners
fault "the last row of pixels of a phase is dropped" src/op/conv_grad_x.c \
    's/\.units = h\.count,/.units = h.count - 1,/' test_conv native random_grad_x
fault "input and output channels are swapped" src/op/conv_tiles.c \
    's/tile->c\.c = channels\.o;/tile->c.c = channels.c;/' test_conv native random_forward
fault "a slice ends one step early" src/tile/mm_work.c \
    's/mm->k = to - from;/mm->k = to - from - (from > 0);/' test_plans native all_linear
fault "the mask of another core's part" src/tile/tile_mm.c \
    's/pass->epilogue, count, w->in\.beside + from, c);/pass->epilogue, count, w->in.beside, c);/' \
    test_conv native random_grad_x
fault "a gradient that is to be added overwrites" src/tile/mm_work.c \
    's/if (!w->first || (w->pass->add \&\& slice == 0)) {/if (!w->first) {/' test_conv native random_grad_w
fault "the rest of an uneven division is nobody's" src/tile/share.h \
    's|return n \* part / parts;|return n / parts * part;|' test_conv native named_corners
fault "a block reaches beyond the last column" src/tile/share.c \
    's/size = min_u32(taken \* l\.across\.block, l\.across\.size - first);/size = taken * l.across.block;/' \
    test_conv native named_corners
fault "no barrier before the tile is computed" src/tile/tile_mm.c \
    '/^        if (!overlap || other->last)$/{n;n;s/tl_barrier(team);/(void)0;/;}' test_conv sanitize PROBE named_corners
fault "results are overwritten on their way out" src/tile/tile_mm.c \
    's/^        if (!overlap || other->last)$/        if (!overlap)/' test_linear sanitize PROBE all_sizes_forward

# Kernels.
fault "a sum starts at 0, not at its first product" src/kernel/c/mm_c.c \
    's/(ptrdiff_t)j \* s->init_n\] : -0\.0f;/(ptrdiff_t)j * s->init_n] : 0.0f;/' test_mm test_negative_zero
fault "the last column is dropped" src/kernel/c/mm_c.c \
    's/for (uint32_t j = n4; j < problem->n; j++)/for (uint32_t j = n4; j + 1 < problem->n; j++)/' test_mm test_sizes
fault "A jumps as B does behind a run" src/kernel/c/mm_c.c \
    '/^static void block_4x4/,/^}/s/a += p->jump\[r - 1\]\.a \/ 4;/a += p->jump[r - 1].b \/ 4;/' test_mm test_runs
fault "dx of the wrong row of windows" src/kernel/c/window_host.c \
    '/^static void gather_1/,/^}/s/row_place -= g->stride_h \* g->kernel_w;/row_place -= g->kernel_w;/' \
    test_pool native random_grad_x
fault "a maximum's place in its row, not in its window" src/kernel/c/window_c.c \
    's/best_place = place;/best_place = place - row_place + w->first_j;/' test_pool native random_forward
fault "the weights decay only without momentum" src/kernel/c/vector_host.c \
    '/^void tl_sgd_decay_f32/,/^}/s/tl_fma(decay, w\[i\], g\[i\])/g[i] + 0.0f * decay/' test_optim native

# Other layers, losses, optimisers.
fault "gradients of other channels" src/op/depthwise_tiles.c \
    's/grad->dy = tile->in_l1\[DY\] + (int32_t)row \* grad->y_row + share\.from;/grad->dy = tile->in_l1[DY] + (int32_t)row * grad->y_row;/' \
    test_depthwise native random_layers
fault "no barrier before slices are added up" src/op/depthwise_tiles.c \
    '/^static void grad_w_compute/,/^}/s/tl_barrier(team);/(void)0;/' test_depthwise sanitize PROBE random_layers
fault "the running variance is the biased one" src/op/batch_norm.c \
    's/taken \* (var \* unbiased)/taken * var/' test_batch_norm native
fault "the average's gradient is not divided" src/op/global_pool.c \
    's/share->vector\[c\] \*= share->option\[0\];/share->vector[c] *= 1.0f;/' test_global_pool native
fault "the loss forgets that it is a mean" src/kernel/c/rows_c.c \
    's/dz\[label\] -= scale;/dz[label] -= 1.0f;/' test_loss native
fault "Adam begins without correcting its means" src/op/optim.c \
    's/\.size = adam->rate \/ gathered1,/.size = adam->rate + 0.0f * gathered1,/' test_optim native
fault "a transfer takes the wrong pitch" src/hal/copy.c \
    's/(size_t)r \* box->l1_pitch + (size_t)s \* box->bytes;/(size_t)r * box->l1_pitch + (size_t)s * box->l2_segment;/' \
    test_conv native random_forward
fault "a tape forgets its barriers" src/hal/tape.c \
    's/if (bytes \& THEN_BARRIER)/if (bytes == THEN_BARRIER)/' test_linear native all_sizes_grad_w

# The tuner.
fault "the slowest plan is the best one" tools/tune/search.c \
    's/if (s->best == s->list->count || r->cycles < s->cycles ||/if (s->best == s->list->count || r->cycles > s->cycles ||/' \
    test_search
fault "the search stops at its first batch" tools/tune/search.c \
    's/if (next == s->list->count || gain < s->limits\.enough)/if (next < s->list->count || gain < s->limits.enough)/' \
    test_search
fault "the limit is forgotten when the step ends" tools/tune/engine.c \
    's/if (t->limit \&\& box\.argument\[0\] > t->limit)/if (t->limit == 1)/' test_engine PROBE
fault "a machine goes on from where the last plan has left it" tools/tune/engine.c \
    's/if (sim_restore(machine, e->booted) != SIM_OK ||/if (sim_cycles(machine) == 0 ||/' test_engine PROBE
fault "what is new is not kept" tools/tune/wisdom.c \
    's/if (!w->file || !fresh)/if (!w->file || fresh)/' test_wisdom
fault "merged wisdom stands in the order in which it came" tools/tune/wisdom.c \
    's/^    if (w->count)$/    if (w->count == UINT32_MAX)/' test_wisdom
fault "a limit says more than cycles do" tools/tune/wisdom.c \
    's/\[WISDOM_CYCLES\] = 2, \[WISDOM_REFUSED\] = 1, \[WISDOM_ABOVE\] = 0/[WISDOM_CYCLES] = 0, [WISDOM_REFUSED] = 1, [WISDOM_ABOVE] = 2/' \
    test_wisdom
fault "a plan is taken as it stands in the file" tools/plan/plan_file.c \
    's/if (status != TL_OK)/if (status == TL_BAD_SIZES)/' test_plan_file
fault "the ReLU behind a sum is not asked for" tools/tune/step_request.c \
    's/relu\[STEP_EPILOGUES\] = {0, 1, 2, 0, 1}/relu[STEP_EPILOGUES] = {0, 1, 2, 0, 0}/' \
    test_results native of_other_problems

# The deployer.
fault "what is uneven of the padding stands on the wrong side" tools/deploy/op_window.c \
    's/upper ? all \/ 2 : (all + 1) \/ 2/lower ? all \/ 2 : (all + 1) \/ 2/' test_lower_random
fault "a ReLU goes into a layer whose result others take" tools/deploy/lower_fuse.c \
    's/made_by != NET_NONE \&\& l->value_uses\[v\] == 1/made_by != NET_NONE/' test_lower_random
fault "weights behind a flattened image stay in the file's order" tools/deploy/lower_fuse.c \
    's/if (x.h \* x.w > 1 \&\& /if (x.h * x.w > 100 \&\& /' test_lower_random
fault "what nothing comes of is a layer" tools/deploy/lower.c \
    's/if (l->uses\[node->outputs\[0\]\] == 0 || op_is_constant(&g->tensors\[node->outputs\[0\]\]))/if (op_is_constant(\&g->tensors[node->outputs[0]]))/' \
    test_lower
fault "a gradient that two values share is added to" tools/deploy/schedule_backward.c \
    's/b->shared\[value\] = shared;/b->shared[value] = false;/' test_schedule_random
fault "a sum is masked before all of it is there" tools/deploy/schedule_backward.c \
    's/if (layer->residual == value || (/if ((/' test_schedule_random
fault "a project's optimiser mixes up its arrays" tools/deploy/project_calls.c \
    's/net->state\[%u\] + %u", o->number, o->offset/net->state[%u] + %u", 0u, o->offset/' test_projects
