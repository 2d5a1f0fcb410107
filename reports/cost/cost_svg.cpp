// The chart of cost.svg: bars for messages, for the split of the typical set-up, and for the projection.
#include <fmt/format.h>

#include <algorithm>

#include "reports/cost/cost_report.hpp"
#include "reports/plain_text.hpp"

namespace ikevet::reports {
namespace {

constexpr double kWidth = 880, kLabel = 320, kRow = 26, kBar = 16, kHead = 34, kValue = 150;

struct Part {
  std::string_view css;
  double value;
};
struct Bar {
  std::string label;
  std::vector<Part> parts;
  std::string value;  ///< written behind it
};
struct Panel {
  std::string title;
  std::vector<Bar> bars;
  std::vector<std::pair<std::string_view, std::string_view>> legend;  ///< class, name
};

double sum(const Bar& bar) {
  double out = 0;
  for (const Part& part : bar.parts) out += part.value;
  return out;
}

std::string draw(const Bar& bar, double y, double scale) {
  std::string out = fmt::format("<text class=\"l\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", kLabel - 10, y + kBar - 3,
                                html_text(bar.label));
  double x = kLabel;
  for (const Part& part : bar.parts) {
    const double width = part.value * scale;
    if (width > 0)
      out += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\"/>\n", part.css, x,
                         y, width, kBar);
    x += width;
  }
  return out + fmt::format("<text class=\"v\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x + 6, y + kBar - 3,
                           html_text(bar.value));
}

std::string draw(const Panel& panel, double& y) {
  std::string out = fmt::format("<text class=\"t\" x=\"10\" y=\"{:.1f}\">{}</text>\n", y + 18, html_text(panel.title));
  double x = kWidth;
  for (const auto& [css, name] : panel.legend) x -= 26 + 7.5 * static_cast<double>(name.size());
  for (const auto& [css, name] : panel.legend) {
    out += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"10\" height=\"10\"/><text class=\"v\" x=\"{:.1f}\" "
        "y=\"{:.1f}\">{}</text>\n",
        css, x, y + 9, x + 14, y + 18, name);
    x += 26 + 7.5 * static_cast<double>(name.size());
  }
  y += kHead;
  double most = 0;
  for (const Bar& bar : panel.bars) most = std::max(most, sum(bar));
  const double scale = most > 0 ? (kWidth - kLabel - kValue) / most : 0;
  for (const Bar& bar : panel.bars) {
    out += draw(bar, y, scale);
    y += kRow;
  }
  y += 14;
  return out;
}

Panel messages_panel(const RunCost& cost) {
  Panel out{"Messages of a set-up", {}, {}};
  const auto add = [&](std::string label, std::size_t messages, double round_trips, std::string_view css) {
    out.bars.push_back({std::move(label),
                        {{css, static_cast<double>(messages)}},
                        fmt::format("{} in {} round trips", messages, round_trips)});
  };
  if (const SetUpCost* typical = cost.typical())
    add("this device, IKEv2", typical->cost.messages, typical->cost.round_trips, "d");
  for (const IdealFlow& flow : {kIkev2Ideal, kIkev1Main, kIkev1Aggressive})
    add(std::string(flow.name), flow.messages, flow.round_trips, "i");
  for (const Ikev1Flow& flow : cost.ikev1)
    add(fmt::format("IKEv1 {}, measured", flow.mode), flow.phase1_messages + flow.quick_messages,
        static_cast<double>(flow.phase1_messages + flow.quick_messages) / 2, "m");
  return out;
}

double value(Duration duration) { return static_cast<double>(duration.count()); }

Panel split_panel(const SetUpCost& typical, const PathTime& path) {
  Panel out{"Time of this device's set-up", {}, {{"n", "network"}, {"d", "device"}, {"h", "harness"}}};
  const auto add = [&](std::string label, const Cost& cost) {
    out.bars.push_back({std::move(label),
                        {{"n", value(cost.network)}, {"d", value(cost.device)}, {"h", value(cost.harness)}},
                        short_time(cost.total())});
  };
  for (const Exchange& exchange : typical.exchanges)
    add(std::string(wire::name_or_number(exchange.type)) + (exchange.note.empty() ? "" : " after " + exchange.note),
        cost_of(exchange, path));
  add("sum", typical.cost);
  return out;
}

Panel projection_panel(const ProjectedLink& projected) {
  Panel out{fmt::format("Expected over {} one way, {:.3g} % loss", short_time(projected.link.delay),
                        projected.link.loss * 100),
            {},
            {{"n", "without loss"}, {"m", "by loss"}}};
  for (const Projection& flow : projected.flows)
    out.bars.push_back(
        {flow.flow,
         {{"n", value(flow.without_loss)}, {"m", std::max(0.0, value(flow.expected) - value(flow.without_loss))}},
         short_time(flow.expected)});
  return out;
}

constexpr std::string_view kStyle =
    "<style>svg{font:13px system-ui,sans-serif;background:#fff;color:#1b1f24}text{fill:#1b1f24}.t{font-weight:600}"
    ".l{text-anchor:end}.v{font-size:12px}.n{fill:#6e9bd1}.d{fill:#d0743c}.h{fill:#9aa3ad}.i{fill:#b9c2cc}.m{fill:#"
    "b3546e}"
    "@media (prefers-color-scheme:dark){svg{background:#14181d}text{fill:#e4e8ec}.i{fill:#5a6570}}</style>\n";

}  // namespace

std::string cost_svg(const RunCost& cost, const std::optional<ProjectedLink>& projected) {
  std::vector<Panel> panels{messages_panel(cost)};
  if (const SetUpCost* typical = cost.typical()) panels.push_back(split_panel(*typical, cost.path));
  if (projected) panels.push_back(projection_panel(*projected));
  std::string body;
  double y = 8;
  for (const Panel& panel : panels) body += draw(panel, y);
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {:.0f}\" width=\"{}\" height=\"{:.0f}\" "
             "role=\"img\" aria-label=\"Cost of setting up an IKE SA\">\n",
             kWidth, y, kWidth, y) +
         std::string(kStyle) + body + "</svg>\n";
}

}  // namespace ikevet::reports
