// Fibres for the threads of a block.
#include "host.hpp"

#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define SWITCHES 1
#endif

thread_local dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace host {

namespace {

constexpr unsigned WARP = 32;
constexpr std::size_t STACK = 1 << 18;

enum class State { ready, at_warp, at_block, done };

struct Fibre {
    ucontext_t context;
    State state;
    std::vector<char> stack;
    void *fake = nullptr;
};

struct Block {
    std::vector<Fibre> fibres;
    std::vector<uint64_t> exchanged;
    ucontext_t scheduler;
    unsigned size = 0, current = 0;
    Body body = nullptr;
    void **arguments = nullptr;
    void *fake = nullptr;
    const void *bottom = nullptr;
    std::size_t bytes = 0;
};

thread_local Block here;

void leave(State state) {
    Fibre &own = here.fibres[here.current];
    own.state = state;
#ifdef SWITCHES
    __sanitizer_start_switch_fiber(state == State::done ? nullptr : &own.fake, here.bottom, here.bytes);
#endif
    swapcontext(&own.context, &here.scheduler);
#ifdef SWITCHES
    __sanitizer_finish_switch_fiber(own.fake, &here.bottom, &here.bytes);
#endif
}

void entry() {
#ifdef SWITCHES
    __sanitizer_finish_switch_fiber(nullptr, &here.bottom, &here.bytes);
#endif
    here.body(here.arguments);
    leave(State::done);
}

void resume(unsigned thread) {
    Fibre &next = here.fibres[thread];
    here.current = thread;
    threadIdx = {thread, 0, 0};
#ifdef SWITCHES
    __sanitizer_start_switch_fiber(&here.fake, next.stack.data(), next.stack.size());
#endif
    swapcontext(&here.scheduler, &next.context);
#ifdef SWITCHES
    __sanitizer_finish_switch_fiber(here.fake, nullptr, nullptr);
#endif
}

bool all(unsigned from, unsigned to, State state) {
    for (unsigned i = from; i < to; i++)
        if (here.fibres[i].state != state) return false;
    return true;
}

void release(unsigned from, unsigned to) {
    for (unsigned i = from; i < to; i++) here.fibres[i].state = State::ready;
}

const char *run_block() {
    for (unsigned i = 0; i < here.size; i++) {
        Fibre &fibre = here.fibres[i];
        fibre.stack.resize(STACK);
        fibre.state = State::ready;
        fibre.fake = nullptr;
        getcontext(&fibre.context);
        fibre.context.uc_stack.ss_sp = fibre.stack.data();
        fibre.context.uc_stack.ss_size = fibre.stack.size();
        fibre.context.uc_link = nullptr;
        makecontext(&fibre.context, entry, 0);
    }
    for (;;) {
        bool moved = false;
        for (unsigned i = 0; i < here.size; i++) {
            if (here.fibres[i].state == State::ready) {
                resume(i);
                moved = true;
            }
        }
        for (unsigned from = 0; from < here.size; from += WARP) {
            unsigned to = std::min(from + WARP, here.size);
            if (all(from, to, State::at_warp)) {
                release(from, to);
                moved = true;
            }
        }
        if (all(0, here.size, State::done)) return nullptr;
        if (all(0, here.size, State::at_block)) {
            release(0, here.size);
            moved = true;
        }
        if (!moved) return "some threads wait at a barrier that others never reach";
    }
}

}  // namespace

void wait_for_block() { leave(State::at_block); }
void wait_for_warp() { leave(State::at_warp); }
uint64_t *exchange() { return &here.exchanged[here.current / WARP * WARP]; }
unsigned lane() { return here.current % WARP; }
unsigned lanes() { return std::min(WARP, here.size - here.current / WARP * WARP); }

const char *run(Body body, const unsigned *grid, unsigned block, void **arguments) {
    here.size = block;
    if (here.fibres.size() < block) here.fibres.resize(block);
    here.exchanged.assign((block + WARP - 1) / WARP * WARP, 0);
    here.body = body;
    here.arguments = arguments;
    blockDim = {block, 1, 1};
    gridDim = {grid[0], grid[1], 1};
    for (unsigned y = 0; y < grid[1]; y++)
        for (unsigned x = 0; x < grid[0]; x++) {
            blockIdx = {x, y, 0};
            if (const char *wrong = run_block()) return wrong;
        }
    return nullptr;
}

}  // namespace host
