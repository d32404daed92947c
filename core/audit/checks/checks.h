// The checks by name, each defined in the file of its code. The order and the meaning are table.h's.
#pragma once

#include "core/audit/check.h"

namespace meshtrace::audit {

extern const Check kRouteHeaders;               // MT0101
extern const Check kFilterHeaders;              // MT0102
extern const Check kIngressNginx;               // MT0103
extern const Check kAlb;                        // MT0104
extern const Check kRequestId;                  // MT0105
extern const Check kNoProvider;                 // MT0201
extern const Check kUnknownProvider;            // MT0202
extern const Check kSeveralProviders;           // MT0203
extern const Check kTwoTelemetries;             // MT0204
extern const Check kRootSelector;               // MT0205
extern const Check kDanglingTarget;             // MT0206
extern const Check kOneDirection;               // MT0207
extern const Check kDisableContextPropagation;  // MT0208
extern const Check kLegacyTracing;              // MT0209
extern const Check kRemovedTracer;              // MT0210
extern const Check kProviderService;            // MT0211
extern const Check kZipkinB3;                   // MT0301
extern const Check kLinkerdB3;                  // MT0302
extern const Check kNoTracecontext;             // MT0303
extern const Check kMisspeltPropagator;         // MT0304
extern const Check kTwoFormats;                 // MT0305
extern const Check kVendorStyle;                // MT0306
extern const Check kMixedFormats;               // MT0307
extern const Check kInteriorSampling;           // MT0401
extern const Check kDefaultSampling;            // MT0402
extern const Check kNotParentBased;             // MT0403
extern const Check kDifferingRates;             // MT0404
extern const Check kSamplerArgument;            // MT0405
extern const Check kNoAccessLog;                // MT0501
extern const Check kNoTraceparent;              // MT0502
extern const Check kRefusedFormat;              // MT0503
extern const Check kHiddenFormat;               // MT0504
extern const Check kEncoding;                   // MT0505
extern const Check kNewline;                    // MT0506
extern const Check kHeaderLimit;                // MT0601
extern const Check kPanickingFilter;            // MT0602
extern const Check kClobbered;                  // MT0603
extern const Check kMatchesNothing;             // MT0604
extern const Check kHeaderCount;                // MT0605
extern const Check kNotInjected;                // MT0701
extern const Check kStale;                      // MT0702
extern const Check kMarkedBare;                 // MT0703
extern const Check kUndefinedReference;         // MT0704
extern const Check kValueAndSource;             // MT0705
extern const Check kDroppedAttributes;          // MT0706
extern const Check kBatchOverQueue;             // MT0707
extern const Check kQueueOverMemory;            // MT0708
extern const Check kStoppingPropagator;         // MT0709
extern const Check kOverriddenEnvFrom;          // MT0710
extern const Check kInstrumentedSidecar;        // MT0711
extern const Check kTwoInjectors;               // MT0712
extern const Check kPortProtocol;               // MT0801
extern const Check kHeadlessExternal;           // MT0802
extern const Check kBrokerPort;                 // MT0803
extern const Check kBypassedProxy;              // MT0804
extern const Check kOldVersion;                 // MT0901
extern const Check kUnknownFeature;             // MT0902
extern const Check kExporterEndpoint;           // MT1001
extern const Check kUnscrapedMetrics;           // MT1002
extern const Check kConflictedPolicy;           // MT1101
extern const Check kUnmatchedPolicy;            // MT1102
extern const Check kUndoneWrite;                // MT1103
extern const Check kWebhookCertificate;         // MT1104
extern const Check kWebhookTimeouts;            // MT1105

}  // namespace meshtrace::audit
