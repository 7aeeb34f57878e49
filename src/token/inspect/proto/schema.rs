//! The messages inside a `roomConfig`, field for field: livekit_room.proto, livekit_agent_dispatch.proto and
//! livekit_egress.proto of livekit/protocol at d74e7cdb.

use crate::claims::snake_case;

/// What a field holds.
#[derive(Clone, Copy)]
pub(in crate::token) enum Field {
    Text,
    Flag,
    Count,
    Int32,
    Double,
    Enum,
    Texts,
    Pairs,
    One(&'static Message),
    Many(&'static Message),
}

/// A message of the protocol.
pub(in crate::token) struct Message {
    pub(in crate::token) name: &'static str,
    /// Name in JSON, what it holds, and of which oneof it is, if of one.
    fields: &'static [(&'static str, Field, &'static str)],
}

impl Message {
    /// The field of this name, in lowerCamelCase or as the protocol writes it.
    pub(in crate::token) fn field(&self, key: &str) -> Option<(&'static str, Field, &'static str)> {
        self.fields.iter().copied().find(|(name, ..)| key == *name || key == snake_case(name))
    }
}

pub(in crate::token) const ROOM_CONFIGURATION: &Message = &Message {
    name: "RoomConfiguration",
    fields: &[
        ("name", Field::Text, ""),
        ("emptyTimeout", Field::Count, ""),
        ("departureTimeout", Field::Count, ""),
        ("maxParticipants", Field::Count, ""),
        ("metadata", Field::Text, ""),
        ("egress", Field::One(ROOM_EGRESS), ""),
        ("minPlayoutDelay", Field::Count, ""),
        ("maxPlayoutDelay", Field::Count, ""),
        ("syncStreams", Field::Flag, ""),
        ("agents", Field::Many(ROOM_AGENT_DISPATCH), ""),
        ("tags", Field::Pairs, ""),
    ],
};

const ROOM_EGRESS: &Message = &Message {
    name: "RoomEgress",
    fields: &[
        ("room", Field::One(ROOM_COMPOSITE_EGRESS_REQUEST), ""),
        ("participant", Field::One(AUTO_PARTICIPANT_EGRESS), ""),
        ("tracks", Field::One(AUTO_TRACK_EGRESS), ""),
    ],
};

const ROOM_COMPOSITE_EGRESS_REQUEST: &Message = &Message {
    name: "RoomCompositeEgressRequest",
    fields: &[
        ("roomName", Field::Text, ""),
        ("layout", Field::Text, ""),
        ("audioOnly", Field::Flag, ""),
        ("audioMixing", Field::Enum, ""),
        ("videoOnly", Field::Flag, ""),
        ("customBaseUrl", Field::Text, ""),
        ("file", Field::One(ENCODED_FILE_OUTPUT), "output"),
        ("stream", Field::One(STREAM_OUTPUT), "output"),
        ("segments", Field::One(SEGMENTED_FILE_OUTPUT), "output"),
        ("preset", Field::Enum, "options"),
        ("advanced", Field::One(ENCODING_OPTIONS), "options"),
        ("fileOutputs", Field::Many(ENCODED_FILE_OUTPUT), ""),
        ("streamOutputs", Field::Many(STREAM_OUTPUT), ""),
        ("segmentOutputs", Field::Many(SEGMENTED_FILE_OUTPUT), ""),
        ("imageOutputs", Field::Many(IMAGE_OUTPUT), ""),
        ("webhooks", Field::Many(WEBHOOK_CONFIG), ""),
    ],
};

const ENCODED_FILE_OUTPUT: &Message = &Message {
    name: "EncodedFileOutput",
    fields: &[
        ("fileType", Field::Enum, ""),
        ("filepath", Field::Text, ""),
        ("disableManifest", Field::Flag, ""),
        ("s3", Field::One(S3_UPLOAD), "output"),
        ("gcp", Field::One(GCP_UPLOAD), "output"),
        ("azure", Field::One(AZURE_BLOB_UPLOAD), "output"),
        ("aliOSS", Field::One(ALI_OSS_UPLOAD), "output"),
    ],
};

const S3_UPLOAD: &Message = &Message {
    name: "S3Upload",
    fields: &[
        ("accessKey", Field::Text, ""),
        ("secret", Field::Text, ""),
        ("sessionToken", Field::Text, ""),
        ("assumeRoleArn", Field::Text, ""),
        ("assumeRoleExternalId", Field::Text, ""),
        ("region", Field::Text, ""),
        ("endpoint", Field::Text, ""),
        ("bucket", Field::Text, ""),
        ("forcePathStyle", Field::Flag, ""),
        ("metadata", Field::Pairs, ""),
        ("tagging", Field::Text, ""),
        ("contentDisposition", Field::Text, ""),
        ("proxy", Field::One(PROXY_CONFIG), ""),
    ],
};

const PROXY_CONFIG: &Message = &Message {
    name: "ProxyConfig",
    fields: &[("url", Field::Text, ""), ("username", Field::Text, ""), ("password", Field::Text, "")],
};

const GCP_UPLOAD: &Message = &Message {
    name: "GCPUpload",
    fields: &[
        ("credentials", Field::Text, ""),
        ("bucket", Field::Text, ""),
        ("proxy", Field::One(PROXY_CONFIG), ""),
    ],
};

const AZURE_BLOB_UPLOAD: &Message = &Message {
    name: "AzureBlobUpload",
    fields: &[
        ("accountName", Field::Text, ""),
        ("accountKey", Field::Text, ""),
        ("containerName", Field::Text, ""),
    ],
};

const ALI_OSS_UPLOAD: &Message = &Message {
    name: "AliOSSUpload",
    fields: &[
        ("accessKey", Field::Text, ""),
        ("secret", Field::Text, ""),
        ("region", Field::Text, ""),
        ("endpoint", Field::Text, ""),
        ("bucket", Field::Text, ""),
    ],
};

const STREAM_OUTPUT: &Message =
    &Message { name: "StreamOutput", fields: &[("protocol", Field::Enum, ""), ("urls", Field::Texts, "")] };

const SEGMENTED_FILE_OUTPUT: &Message = &Message {
    name: "SegmentedFileOutput",
    fields: &[
        ("protocol", Field::Enum, ""),
        ("filenamePrefix", Field::Text, ""),
        ("playlistName", Field::Text, ""),
        ("livePlaylistName", Field::Text, ""),
        ("segmentDuration", Field::Count, ""),
        ("filenameSuffix", Field::Enum, ""),
        ("disableManifest", Field::Flag, ""),
        ("s3", Field::One(S3_UPLOAD), "output"),
        ("gcp", Field::One(GCP_UPLOAD), "output"),
        ("azure", Field::One(AZURE_BLOB_UPLOAD), "output"),
        ("aliOSS", Field::One(ALI_OSS_UPLOAD), "output"),
    ],
};

const ENCODING_OPTIONS: &Message = &Message {
    name: "EncodingOptions",
    fields: &[
        ("width", Field::Int32, ""),
        ("height", Field::Int32, ""),
        ("depth", Field::Int32, ""),
        ("framerate", Field::Int32, ""),
        ("audioCodec", Field::Enum, ""),
        ("audioBitrate", Field::Int32, ""),
        ("audioFrequency", Field::Int32, ""),
        ("videoCodec", Field::Enum, ""),
        ("videoBitrate", Field::Int32, ""),
        ("keyFrameInterval", Field::Double, ""),
        ("audioQuality", Field::Int32, ""),
        ("videoQuality", Field::Int32, ""),
    ],
};

const IMAGE_OUTPUT: &Message = &Message {
    name: "ImageOutput",
    fields: &[
        ("captureInterval", Field::Count, ""),
        ("width", Field::Int32, ""),
        ("height", Field::Int32, ""),
        ("filenamePrefix", Field::Text, ""),
        ("filenameSuffix", Field::Enum, ""),
        ("imageCodec", Field::Enum, ""),
        ("disableManifest", Field::Flag, ""),
        ("s3", Field::One(S3_UPLOAD), "output"),
        ("gcp", Field::One(GCP_UPLOAD), "output"),
        ("azure", Field::One(AZURE_BLOB_UPLOAD), "output"),
        ("aliOSS", Field::One(ALI_OSS_UPLOAD), "output"),
    ],
};

const WEBHOOK_CONFIG: &Message = &Message {
    name: "WebhookConfig",
    fields: &[
        ("url", Field::Text, ""),
        ("signingKey", Field::Text, ""),
        ("filterParams", Field::One(FILTER_PARAMS), ""),
    ],
};

const FILTER_PARAMS: &Message = &Message {
    name: "FilterParams",
    fields: &[("includeEvents", Field::Texts, ""), ("excludeEvents", Field::Texts, "")],
};

const AUTO_PARTICIPANT_EGRESS: &Message = &Message {
    name: "AutoParticipantEgress",
    fields: &[
        ("preset", Field::Enum, "options"),
        ("advanced", Field::One(ENCODING_OPTIONS), "options"),
        ("fileOutputs", Field::Many(ENCODED_FILE_OUTPUT), ""),
        ("segmentOutputs", Field::Many(SEGMENTED_FILE_OUTPUT), ""),
    ],
};

const AUTO_TRACK_EGRESS: &Message = &Message {
    name: "AutoTrackEgress",
    fields: &[
        ("filepath", Field::Text, ""),
        ("disableManifest", Field::Flag, ""),
        ("s3", Field::One(S3_UPLOAD), "output"),
        ("gcp", Field::One(GCP_UPLOAD), "output"),
        ("azure", Field::One(AZURE_BLOB_UPLOAD), "output"),
        ("aliOSS", Field::One(ALI_OSS_UPLOAD), "output"),
    ],
};

const ROOM_AGENT_DISPATCH: &Message = &Message {
    name: "RoomAgentDispatch",
    fields: &[
        ("agentName", Field::Text, ""),
        ("metadata", Field::Text, ""),
        ("restartPolicy", Field::Enum, ""),
        ("deployment", Field::Text, ""),
        ("attributes", Field::Pairs, ""),
    ],
};
