import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import software.amazon.event.ruler.Machine;

/** How many events a second Event Ruler matches: Match <patterns> <events> <milliseconds>, one JSON value a line in each file. */
public class Match {
  public static void main(String[] arguments) throws Exception {
    List<String> patterns = Files.readAllLines(Path.of(arguments[0]));
    List<String> events = Files.readAllLines(Path.of(arguments[1]));
    long milliseconds = Long.parseLong(arguments[2]);
    Machine machine = new Machine();
    long begin = System.nanoTime();
    for (int index = 0; index < patterns.size(); index++) machine.addRule("r" + index, patterns.get(index));
    double compileMilliseconds = (System.nanoTime() - begin) / 1e6;
    long matched = 0;
    for (String event : events) matched += machine.rulesForJSONEvent(event).size();
    run(machine, events, milliseconds);
    double perSecond = run(machine, events, milliseconds);
    System.out.println("{\"perSecond\":" + perSecond + ",\"matched\":" + matched + ",\"compileMs\":" + compileMilliseconds + "}");
  }

  private static double run(Machine machine, List<String> events, long milliseconds) throws Exception {
    long begin = System.nanoTime();
    long end = begin + milliseconds * 1_000_000;
    long count = 0;
    while (System.nanoTime() < end) {
      for (int index = 0; index < 100; index++) machine.rulesForJSONEvent(events.get((int) (count++ % events.size())));
    }
    return count / ((System.nanoTime() - begin) / 1e9);
  }
}
