/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a tile of results while it still stands in L1. Some need another tile beside it. */
#ifndef TL_TILE_EPILOGUE_H
#define TL_TILE_EPILOGUE_H

#include "tl/team.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum tl_epilogue {
    TL_EPILOGUE_NONE,
    TL_EPILOGUE_RELU,       /* c = max(c, 0) */
    TL_EPILOGUE_RELU6,      /* c = min(max(c, 0), 6) */
    TL_EPILOGUE_ADD,        /* c = c + beside */
    TL_EPILOGUE_ADD_RELU,   /* c = max(c + beside, 0) */
    TL_EPILOGUE_MASK_RELU,  /* c = 0 where beside <= 0 */
    TL_EPILOGUE_MASK_RELU6, /* c = 0 where not 0 < beside < 6 */
} tl_epilogue;

/* Whether there is a tile beside the results. */
static inline bool tl_epilogue_pairs(tl_epilogue epilogue) {
    return epilogue >= TL_EPILOGUE_ADD;
}

/* On n elements. A leaf: done, or written on the team's tape. */
void tl_do_epilogue(const tl_team *team, tl_epilogue epilogue, uint32_t n, const float *beside, float *c);

#endif
