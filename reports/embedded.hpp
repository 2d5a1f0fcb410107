// Text files that are compiled in: the HTML template with its style and script, and the schema of report.json.
#pragma once

#include <string_view>

namespace ikevet::reports::embedded {

extern const std::string_view kReportTemplate;      ///< templates/report.mustache
extern const std::string_view kReportCss;           ///< the files templates/*.css, one after the other
extern const std::string_view kReportScript;        ///< the files templates/*.js, one after the other
extern const std::string_view kReportScriptSha256;  ///< in hexadecimal
extern const std::string_view kReportSchema;        ///< schema/report.schema.json
extern const std::string_view kEventSchema;         ///< schema/event.schema.json

}  // namespace ikevet::reports::embedded
