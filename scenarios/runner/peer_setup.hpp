// From a target and a scenario's overrides to the configuration of an engine.
#pragma once

#include "engine/sa/config.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::scenarios {

/// The harness against this target: the target's values, then its `harness.config`, then the scenario's overrides.
/// Times of the engine (retransmission) are multiplied by `time_scale`. Ports are those of the target file: where they
/// are 0 the caller fills in what the system chose. Throws SetupError with the member of the file, the value and what
/// would do.
sa::Config harness_config(const Target& target, const ConfigOverrides& overrides = {}, double time_scale = 1.0);

/// Our own engine as the device: the target's other half, with its `dut.config`. Its retransmissions end within the
/// target's give_up_time.
sa::Config dut_config(const Target& target, double time_scale = 1.0);

Duration scale(Duration duration, double factor);

}  // namespace ikevet::scenarios
