// What the benchmark `kafka` runs beside the normalization service: Kafka Streams taking the fields out of
// raw messages and writing them on.
//
// usage: java -cp LIBS StreamsNormalize.java BOOTSTRAP APPLICATION MESSAGES GUARANTEE COMMIT_MS TOPIC…
//
// Less than the service does, like quix_normalize.py: no identities, duplicates, corrections, zones, rules,
// rows for ClickHouse. Prints one JSON object: messages, CPU seconds and seconds. Counted is the second half
// of the messages: the first half warms the JVM's compiler up.

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

public final class StreamsNormalize {
  private static final String OUTPUT = "bench.streams.normalized";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  // Of the one thread that works.
  private static long seen = 0;
  private static long beganAt, usedBefore;
  private static final CountDownLatch finished = new CountDownLatch(1);

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }

  private static void count(long wanted) {
    ++seen;
    if (seen == wanted / 2) {
      beganAt = System.nanoTime();
      usedBefore = cpuNanos();
    }
    if (seen == wanted) finished.countDown();
  }

  /** The fields of a tick; null for what cannot be read. */
  private static byte[] normalized(byte[] value) {
    try {
      JsonNode message = JSON.readTree(value);
      JsonNode envelope = message.get("envelope"), payload = message.get("payload"),
               data = payload.get("raw_data");
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
      try (JsonGenerator out = JSON.createGenerator(bytes)) {
        out.writeStartObject();
        for (String name : List.of("event_id", "tenant_id", "source"))
          out.writeStringField(name, envelope.get(name).textValue());
        for (String name : List.of("market", "instrument_id"))
          out.writeStringField(name, payload.get(name).textValue());
        for (String name : List.of("node", "zone")) out.writeStringField(name, data.get(name).textValue());
        out.writeStringField("event_time", data.get("timestamp").textValue());
        out.writeStringField("price", data.get("price").decimalValue().toPlainString());
        for (String name : List.of("volume", "bid", "ask")) {
          out.writeFieldName(name);
          out.writeTree(data.get(name));
        }
        out.writeEndObject();
      }
      return bytes.toByteArray();
    } catch (IOException | NullPointerException | NumberFormatException unreadable) {
      return null;
    }
  }

  public static void main(String[] args) throws Exception {
    String bootstrap = args[0];
    long wanted = Long.parseLong(args[2]);
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, args[3]);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[4]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("bench-streams-").toString());
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      if (!admin.listTopics().names().get().contains(OUTPUT))
        admin.createTopics(List.of(new NewTopic(OUTPUT, Optional.empty(), Optional.empty()))).all().get();
    }
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(List.of(args).subList(5, args.length), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .mapValues(value -> {
          count(wanted);
          return normalized(value);
        })
        .filter((key, tick) -> tick != null)
        .to(OUTPUT, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
      streams.start();
      finished.await();
      System.out.printf("{\"messages\": %d, \"cpu_seconds\": %.3f, \"seconds\": %.3f}%n", wanted - wanted / 2,
          (cpuNanos() - usedBefore) / 1e9, (System.nanoTime() - beganAt) / 1e9);
    }
  }
}
