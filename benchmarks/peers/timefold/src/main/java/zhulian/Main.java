package zhulian;

import ai.timefold.solver.core.api.solver.SolverFactory;
import ai.timefold.solver.core.config.solver.SolverConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StreamTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code needs volunteers arcs}, capacities, penalties and arcs {@code need volunteer cost} from the first
 * file, solves for the seconds of the third argument, and writes {@code need volunteer} lines to the second.
 */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        Roster problem;
        try (BufferedReader reader = Files.newBufferedReader(Path.of(args[0]))) {
            problem = read(new StreamTokenizer(reader));
        }
        Roster solved = SolverFactory.<Roster>create(new SolverConfig()
                        .withSolutionClass(Roster.class)
                        .withEntityClasses(Visit.class)
                        .withConstraintProviderClass(Rules.class)
                        .withTerminationSpentLimit(Duration.ofSeconds(Long.parseLong(args[2]))))
                .buildSolver()
                .solve(problem);
        try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(Path.of(args[1])))) {
            for (Visit visit : solved.getVisits()) {
                if (visit.getChosen() != null) {
                    writer.println(visit.getIndex() + " " + visit.getChosen().volunteer().index());
                }
            }
        }
    }

    private static Roster read(StreamTokenizer tokens) throws IOException {
        int needs = next(tokens), people = next(tokens), arcs = next(tokens);
        List<Volunteer> volunteers = new ArrayList<>();
        for (int j = 0; j < people; j++) {
            volunteers.add(new Volunteer(j, next(tokens)));
        }
        long[] penalties = new long[needs];
        List<List<Candidate>> candidates = new ArrayList<>();
        for (int i = 0; i < needs; i++) {
            penalties[i] = next(tokens);
            candidates.add(new ArrayList<>());
        }
        for (int a = 0; a < arcs; a++) {
            int need = next(tokens), volunteer = next(tokens);
            candidates.get(need).add(new Candidate(volunteers.get(volunteer), next(tokens)));
        }
        List<Visit> visits = new ArrayList<>();
        for (int i = 0; i < needs; i++) {
            visits.add(new Visit(i, penalties[i], candidates.get(i)));
        }
        return new Roster(visits);
    }

    private static int next(StreamTokenizer tokens) throws IOException {
        tokens.nextToken();
        return (int) tokens.nval;
    }
}
