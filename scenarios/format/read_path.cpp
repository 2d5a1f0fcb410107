#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {

FragmentationOverrides read_fragmentation_overrides(const Node& node) {
  FragmentationOverrides out;
  out.supported = node["supported"].flag();
  out.threshold = node["threshold"].number();
  if (node.has("ladder")) {
    out.ladder.emplace();
    for (const Node& size : node["ladder"].items()) out.ladder->push_back(size.number().value_or(0));
    for (std::size_t i = 1; i < out.ladder->size(); ++i)
      if ((*out.ladder)[i] >= (*out.ladder)[i - 1])
        node["ladder"].complain("the thresholds do not fall", "give them from the largest to the smallest");
  }
  return out;
}

NatOverrides read_nat_overrides(const Node& node) {
  return {node["supported"].flag(), node["force_encapsulation"].flag(), node["keepalive"].duration(),
          node["begin_on_4500"].flag()};
}

MobikeOverrides read_mobike_overrides(const Node& node) {
  return {node["supported"].flag(), node["announce"].flag(), node["return_routability"].flag(),
          node["refuse_moves"].flag()};
}

}  // namespace ikevet::scenarios
